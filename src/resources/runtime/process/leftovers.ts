import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile, readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runBriefly } from "#programs";
import { removeCgroups } from "../cgroups/remove-cgroups.ts";
import { deleteContainer, RUNTIMES } from "./runtime-program.ts";

const ATTEMPTS = 400;
const PAUSE_MS = 5;

/**
 * Ends everything that an engine has left running that kept its notes in this folder, which may be a link: first the runtimes
 * themselves, for they would make anew what is taken from them; then their containers, also those that were only half made.
 */
export async function endLeftovers(folder: string): Promise<void> {
  const places = [folder, await readlink(folder).catch(() => folder)];
  await endRuntimes(new Set(places.flatMap((place) => RUNTIMES.map((name) => join(place, name)))));
  for (const name of RUNTIMES) {
    for (const id of await namesIn(join(folder, name))) await deleteContainer(name, { folder, id });
  }
  for (const name of await namesIn(join(folder, "bundles"))) {
    const path = await cgroupsPathOf(join(folder, "bundles", name));
    if (path !== undefined) await removeCgroups(path);
  }
  await unmountBelow(places);
}

/** Memory that containers shared. */
async function unmountBelow(folders: readonly string[]): Promise<void> {
  const table = await readFile("/proc/self/mountinfo", "utf8");
  const mounted = table.split("\n").map((line) => line.split(" ")[4] ?? "");
  const left = mounted.filter((place) => folders.some((folder) => place.startsWith(`${folder}/`)));
  // What was mounted last goes first.
  for (const place of left.reverse()) await runBriefly("umount", ["-l", place], { package: "mount" });
}

/** @param roots where they keep their notes: nobody else's runtime has one of these. */
async function endRuntimes(roots: ReadonlySet<string>): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const running = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && isRuntime(pid, roots));
    if (running.length === 0) return;
    for (const pid of running) kill(Number(pid));
    await delay(PAUSE_MS);
  }
}

/** One that has ended has no command any more, even while nobody has taken note of its end. */
function isRuntime(pid: string, roots: ReadonlySet<string>): boolean {
  try {
    const [program = "", option, root = ""] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return option === "--root" && roots.has(root) && RUNTIMES.some((name) => name === basename(program));
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

/** As the bundle has it; one that was not finished has none. */
async function cgroupsPathOf(bundle: string): Promise<string | undefined> {
  try {
    const config = JSON.parse(await readFile(join(bundle, "config.json"), "utf8")) as { linux?: { cgroupsPath?: string } };
    return config.linux?.cgroupsPath;
  } catch {
    return undefined;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
