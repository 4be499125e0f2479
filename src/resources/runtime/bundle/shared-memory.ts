import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runBriefly } from "#programs";
import type { BundleSpec } from "./bundle-config.ts";

const FOLDER = "shm";
const DEFAULT_SIZE = 64 * 1024 * 1024;

/**
 * What a container shares as /dev/shm: the machine's, another container's, or one that others may join, which goes with
 * `held`. Undefined for one of its own.
 *
 * @param bundleOf where the container of an id has its bundle.
 */
export async function openSharedMemory(
  { ipc, shmSize = DEFAULT_SIZE }: BundleSpec,
  { bundle, bundleOf, held }: { bundle: string; bundleOf: (id: string) => string; held: AsyncDisposableStack },
): Promise<string | undefined> {
  if (ipc === "host") return "/dev/shm";
  if (typeof ipc === "object") return join(bundleOf(ipc.id), FOLDER);
  if (ipc !== "shareable") return undefined;
  const folder = join(bundle, FOLDER);
  await mkdir(folder, { mode: 0o1777 });
  const options = `nosuid,noexec,nodev,mode=1777,size=${shmSize}`;
  await runBriefly("mount", ["-t", "tmpfs", "-o", options, "shm", folder], { package: "mount" });
  held.defer(async () => void (await runBriefly("umount", ["-l", folder], { package: "mount" })));
  return folder;
}
