import { readFile } from "node:fs/promises";
import { invalidArgument, unavailable } from "#errors";
import { ownCapabilities } from "./capabilities.ts";
import type { Ulimit } from "../run-spec.ts";

/** How the kernel's table calls what `ulimit` calls so. */
const NAMES: Readonly<Record<string, string>> = {
  as: "Max address space",
  core: "Max core file size",
  cpu: "Max cpu time",
  data: "Max data size",
  fsize: "Max file size",
  locks: "Max file locks",
  memlock: "Max locked memory",
  msgqueue: "Max msgqueue size",
  nice: "Max nice priority",
  nofile: "Max open files",
  nproc: "Max processes",
  rss: "Max resident set",
  rtprio: "Max realtime priority",
  rttime: "Max realtime timeout",
  sigpending: "Max pending signals",
  stack: "Max stack size",
};

/** @throws invalid-argument for a limit that there is none of; unavailable for one that this engine may not give. */
export async function checkUlimits(ulimits: readonly Ulimit[]): Promise<void> {
  if (ulimits.length === 0) return;
  const table = await readFile("/proc/self/limits", "utf8");
  const mayRaise = (await ownCapabilities()).includes("CAP_SYS_RESOURCE");
  for (const { name, hard } of ulimits) {
    const title = NAMES[name];
    if (title === undefined) throw invalidArgument(`invalid ulimit type: ${name}`);
    const [, inherited] =
      table
        .split("\n")
        .find((line) => line.startsWith(title))
        ?.slice(title.length)
        .trim()
        .split(/\s+/) ?? [];
    if (mayRaise || inherited === undefined || inherited === "unlimited" || (hard >= 0 && hard <= Number(inherited))) continue;
    throw unavailable(
      `cannot set ulimit ${name}=${hard}: the engine itself is limited to ${inherited}, and only CAP_SYS_RESOURCE may raise it`,
    );
  }
}
