/**
 * Agents that sign with a key without giving it away, for commands that need SSH.
 *
 * Promises: a key is in an agent's memory and nowhere else; agent and socket are gone when it is disposed of, or at the
 * next start after a crash. Needs the programs of OpenSSH.
 */
export { SshAgents } from "./ssh-agents.ts";
export type { RunningAgent } from "./ssh-agents.ts";
