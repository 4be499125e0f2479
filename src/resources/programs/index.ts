/**
 * Programs of the machine that do what Node has no call for: `mount`, GNU `tar`, `runc`, `git`, …
 *
 * Promises: a program is found on the system's own path, gets a clean environment, says on failure what it said
 * itself, and is gone when the call returns. Knows nothing of what the programs are for.
 */
export { runBriefly } from "./brief-programs.ts";
export { runProgram, startProgram } from "./program.ts";
export type { ProgramOptions, RunningProgram } from "./program.ts";
