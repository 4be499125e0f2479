import { chmod, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { invalidArgument } from "#errors";

/**
 * Looks what is at a path of the machine that a container wants to have mounted.
 *
 * @param isMadeIfMissing as a directory.
 * @throws invalid-argument in Docker's words when there is nothing.
 */
export async function bindSource(
  path: string,
  { isMadeIfMissing }: { readonly isMadeIfMissing: boolean },
): Promise<{ readonly isFile: boolean }> {
  const facts = await stat(path).catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  if (facts !== undefined) return { isFile: !facts.isDirectory() };
  if (!isMadeIfMissing) throw invalidArgument(`invalid mount config for type "bind": bind source path does not exist: ${path}`);
  await makeForAll(path);
  return { isFile: false };
}

/** Everybody may look at what is made, whatever this process gives away by habit. */
async function makeForAll(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await chmod(made, 0o755);
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
