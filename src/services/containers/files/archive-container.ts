import { internal, invalidArgument, notFound } from "#errors";
import { RootFiles } from "#root-files";
import type { Lookup, LookupFailure, PathStat } from "#root-files";
import { userIn } from "#runtime";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import type { Container } from "../container.ts";
import { mountRoot } from "../life/mount-root.ts";
import type { ArchiveWriteRequest, ContainerArchive } from "../types.ts";
import { rootMounts } from "./root-mounts.ts";

interface Options {
  readonly signal?: AbortSignal;
}

/** What `docker cp` looks at first. @throws not-found, internal in Docker's words. */
export async function statPath(deps: ContainerDeps, name: string, path: string, { signal }: Options = {}): Promise<PathStat> {
  const container = deps.containers.get(name);
  requirePath(path);
  return withFiles(deps, { container, signal }, async ({ files }) => found(await files.stat(path), { name, path }));
}

/** A path and all below it, as it is while the stream is read. */
export async function readArchive(deps: ContainerDeps, name: string, path: string, { signal }: Options = {}): Promise<ContainerArchive> {
  const stat = await statPath(deps, name, path, { ...(signal && { signal }) });
  const container = deps.containers.get(name);
  publishContainerEvent(deps, "archive-path", container);
  async function* archive(): AsyncGenerator<Uint8Array> {
    await using mounted = await mountRoot(deps, container, signal);
    await using files = await RootFiles.open(mounted.root, await rootMounts(container));
    yield* files.read(path, { signal });
  }
  return { stat, archive: container.readWhileThere(archive) };
}

/** Puts files into a directory. @throws in Docker's words, for what is not there, no directory or read-only. */
export async function writeArchive(
  deps: ContainerDeps,
  name: string,
  { path, archive, keepsKinds = false, givesToUser = false }: ArchiveWriteRequest,
  { signal }: Options = {},
): Promise<void> {
  const container = deps.containers.get(name);
  requirePath(path);
  await withFiles(deps, { container, signal }, async ({ files, root }) => {
    const { config, hostConfig } = container.record;
    const owner = givesToUser && config.User !== undefined && config.User !== "" ? await userIn(root, config.User) : undefined;
    const written = await files.target(path, async (target) => {
      if (!target.isDirectory) throw invalidArgument("extraction point is not a directory");
      if (target.mount?.isReadonly === true) throw invalidArgument("mounted volume is marked read-only");
      if (target.mount === undefined && hostConfig.ReadonlyRootfs) throw invalidArgument("container rootfs is marked read-only");
      await target.extract(archive, { place: target.path, keepsKinds, owner, signal });
    });
    if (written.failure === "missing") throw missing({ name, path });
    if (written.failure === "too many links") throw internal("EvalSymlinks: too many links");
    if (written.failure === "not a directory") throw internal(WORDS[written.failure]);
    found(written, { name, path });
  });
  publishContainerEvent(deps, "extract-to-dir", container);
}

interface Asked {
  readonly name: string;
  readonly path: string;
}

const WORDS: Readonly<Record<Exclude<LookupFailure, "missing">, string>> = {
  "not a directory": "not a directory",
  "too many links": "too many levels of symbolic links",
  "endless link": "too many levels of symbolic links",
  "name too long": "file name too long",
};

function found<T>(lookup: Lookup<T>, { name, path }: Asked): T {
  if (lookup.failure === undefined) return lookup.value;
  const shown = path.startsWith("/") ? path : `/${path}`;
  if (lookup.failure === "missing") throw missing({ name, path });
  if (lookup.failure === "endless link") throw internal(`evalSymlinksInScope: too many links in ${shown}`);
  throw internal(`lstat ${shown}: ${WORDS[lookup.failure]}`);
}

function missing({ name, path }: Asked): Error {
  return notFound(`Could not find the file ${path} in container ${name}`);
}

function requirePath(path: string): void {
  if (path === "") throw invalidArgument("bad parameter: path cannot be empty");
}

interface Reaching {
  readonly container: Container;
  readonly signal: AbortSignal | undefined;
}

async function withFiles<T>(
  deps: ContainerDeps,
  { container, signal }: Reaching,
  use: (reached: { readonly files: RootFiles; readonly root: string }) => Promise<T>,
): Promise<T> {
  return container.whileThere(async () => {
    await using mounted = await mountRoot(deps, container, signal);
    await using files = await RootFiles.open(mounted.root, await rootMounts(container));
    return await use({ files, root: mounted.root });
  });
}
