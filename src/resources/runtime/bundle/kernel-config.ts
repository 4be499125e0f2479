import { readFile } from "node:fs/promises";
import { release } from "node:os";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

let x32: Promise<boolean> | undefined;

/** Whether the kernel runs programs for x32; a kernel that does not tell how it was made may. */
export function hasX32(): Promise<boolean> {
  return (x32 ??= kernelConfig().then((config) => !/^# CONFIG_X86_X32(?:_ABI)? is not set$/m.test(config)));
}

/** How the kernel was made, as it says itself or as distributions put it beside it; empty when nobody says. */
async function kernelConfig(): Promise<string> {
  try {
    return (await promisify(gunzip)(await readFile("/proc/config.gz"))).toString("latin1");
  } catch {
    const places = [`/boot/config-${release()}`, `/lib/modules/${release()}/config`];
    const found = await Promise.all(places.map((path) => readFile(path, "latin1").catch(() => "")));
    return found.join("");
  }
}
