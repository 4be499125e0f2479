import { mkdir, stat } from "node:fs/promises";
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
  await mkdir(path, { recursive: true, mode: 0o755 });
  return { isFile: false };
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
