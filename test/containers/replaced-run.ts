/**
 * Runs a container while a program of the machine is another one, and again once it is itself; looks for leaks then. For a
 * mount namespace of its own: `replaced-run.ts PROGRAM REPLACEMENT NETWORK`.
 */
import { runProgram } from "#programs";
import { serveContainers } from "./served-containers.ts";

const [program = "", replacement = "", NetworkMode = ""] = process.argv.slice(2);
await using served = await serveContainers();
const id = await served.create("exit 5", {}, { NetworkMode });

async function tell(): Promise<void> {
  const { status, text } = await served.ask(`POST /containers/${id}/start`);
  if (status === 204) await served.call(`POST /containers/${id}/wait`);
  const { State: state } = (await served.call(`GET /containers/${id}/json`)) as { State: { Status: string; ExitCode: number } };
  const images = await served.ask("GET /images/json");
  process.stdout.write(`${status} ${text.trim()} ${state.Status} ${state.ExitCode}, images ${images.status}\n`);
}

await runProgram("mount", ["--bind", replacement, program], { package: "mount" });
await tell();
await runProgram("umount", ["-l", program], { package: "mount" });
await tell();
