import { writeTar } from "#archive";
import { startProgram } from "#programs";
import { changedEntries } from "./changed-entries.ts";
import type { ChangesOptions } from "./changed-entries.ts";
import { GNU_TAR, requireGnuTar } from "./gnu-tar.ts";
import { OPAQUE_XATTR } from "./overlay-entries.ts";

const CREATE = [
  "--create --file=- --format=posix --pax-option=delete=atime,delete=ctime --sort=name --numeric-owner",
  // Sockets mean nothing to whoever unpacks them.
  "--warning=no-file-ignored",
  `--xattrs --xattrs-include=security.capability --xattrs-include=user.* --xattrs-include=${OPAQUE_XATTR}`,
].flatMap((line) => line.split(" "));

/** GNU tar's exit code for files that changed while it read them. */
const CHANGED = 1;

export interface DiffOptions extends ChangesOptions {
  /** Something may be running in there: what is gone or different before it is read is no failure. */
  readonly mayChange?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The upper directory of an overlay as the tar of a layer, as Docker writes it: names in the order of a walk, without
 * the root itself and what is as it was, `.wh.x` for what is gone, `.wh..wh..opq` in a directory that was made anew,
 * whole seconds.
 */
export async function* layerDiff({ signal, mayChange = false, ...options }: DiffOptions): AsyncGenerator<Uint8Array, void> {
  await requireGnuTar();
  const args = [...CREATE, `--directory=${options.upper}`, "."];
  const { child, done, exitCode } = startProgram("tar", args, { package: GNU_TAR, signal });
  try {
    if (child.stdout !== null) yield* writeTar(changedEntries(child.stdout as AsyncIterable<Uint8Array>, options));
    if (!mayChange || (await exitCode) !== CHANGED) await done;
  } finally {
    child.kill("SIGKILL");
    await exitCode.catch(() => undefined);
  }
}
