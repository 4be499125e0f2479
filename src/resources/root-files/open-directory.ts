import { HeldDirectory } from "#disk";
import { Walk } from "./walk.ts";

/** A directory of a root, held until it is disposed of. */
export interface OpenDirectory extends AsyncDisposable {
  readonly directory: HeldDirectory;
}

/** The directory that a path of a root leads to, links followed inside; undefined when that is none. */
export async function openDirectory(root: string, path: string): Promise<OpenDirectory | undefined> {
  await using opened = new AsyncDisposableStack();
  const top = opened.use(await HeldDirectory.open(root));
  const walk = opened.use(new Walk(top, new Map()));
  const found = await walk.find(path, { followLast: true });
  if ("failure" in found || found.directory === undefined) return undefined;
  const held = opened.move();
  return { directory: found.directory, [Symbol.asyncDispose]: () => held.disposeAsync() };
}
