import { writeTar } from "#archive";
import { HeldDirectory } from "#disk";
import { readTree } from "./read-tree.ts";

/** All files of a root as a tar, names without anything before them; nothing of what is mounted in it, but where. */
export async function* exportRoot(
  root: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Uint8Array, void> {
  await using top = await HeldDirectory.open(root);
  const rename = (path: string): string | undefined => (path === "" ? undefined : path);
  yield* writeTar(readTree(top, undefined, { ...options, rename }));
}
