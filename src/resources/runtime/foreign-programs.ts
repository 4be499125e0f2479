import { readdir } from "node:fs/promises";
import { invalidArgument } from "#errors";
import { formatPlatform, normalizePlatform } from "#oci";
import type { Platform } from "#oci";

const HANDLERS = "/proc/sys/fs/binfmt_misc";

/** Names of emulators where they are not the architecture's own. */
const EMULATORS: Readonly<Record<string, string>> = {
  amd64: "x86_64",
  arm64: "aarch64",
  "386": "i386",
  loong64: "loongarch64",
  mips64le: "mips64el",
};
/** What a machine runs besides its own. */
const NATIVE: ReadonlySet<string> = new Set(["amd64 386", "arm64 arm"]);

/**
 * Makes sure that programs for a platform run on this machine, by themselves or through an emulator of the kernel.
 *
 * @throws invalid-argument saying what to install.
 */
export async function requireRunnable(wanted: Platform, host: Platform): Promise<void> {
  const { os, architecture } = normalizePlatform(wanted);
  const machine = normalizePlatform(host);
  if (os !== machine.os)
    throw invalidArgument(`cannot run commands for ${formatPlatform(wanted)} on this machine, which is ${formatPlatform(host)}`);
  if (architecture === machine.architecture || NATIVE.has(`${machine.architecture} ${architecture}`)) return;
  const emulator = `qemu-${EMULATORS[architecture] ?? architecture}`;
  const handlers = await readdir(HANDLERS).catch((): string[] => []);
  if (handlers.includes(emulator)) return;
  throw invalidArgument(
    `cannot run commands for ${formatPlatform(wanted)} on this machine, which is ${formatPlatform(host)}: ` +
      "install qemu-user-static and binfmt-support, or take steps without RUN for that platform",
  );
}
