import { readTar, writeTar } from "#archive";
import type { TarHeader, TarInput, TarItem } from "#archive";
import { startProgram } from "#programs";
import { GNU_TAR, requireGnuTar } from "./gnu-tar.ts";
import { OPAQUE_XATTR } from "./overlay-entries.ts";

const CREATE = [
  "--create --file=- --format=posix --pax-option=delete=atime,delete=ctime --sort=name --numeric-owner",
  // Sockets mean nothing to whoever unpacks them.
  "--warning=no-file-ignored",
  `--xattrs --xattrs-include=security.capability --xattrs-include=user.* --xattrs-include=${OPAQUE_XATTR}`,
].flatMap((line) => line.split(" "));

const MARKER_NAME = /(?:^|\/)\.wh\.[^/]*$/;

export interface DiffOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called for a file that a process named like a whiteout: in a layer it is one, in the directory it is not. */
  readonly onMarkerName: () => void;
}

/**
 * The upper directory of an overlay as the tar of a layer, as Docker writes it: names in the order of a walk, without
 * the root itself, `.wh.x` for what is gone, `.wh..wh..opq` in a directory that was made anew, whole seconds.
 */
export async function* layerDiff(upper: string, { signal, onMarkerName }: DiffOptions): AsyncGenerator<Uint8Array, void> {
  await requireGnuTar();
  const { child, done, exitCode } = startProgram("tar", [...CREATE, `--directory=${upper}`, "."], { package: GNU_TAR, signal });
  try {
    if (child.stdout !== null) yield* writeTar(layerEntries(child.stdout as AsyncIterable<Uint8Array>, onMarkerName));
    await done;
  } finally {
    child.kill("SIGKILL");
    await exitCode.catch(() => undefined);
  }
}

async function* layerEntries(upper: AsyncIterable<Uint8Array>, onMarkerName: () => void): AsyncGenerator<TarInput, void> {
  for await (const item of readTar(upper)) {
    const path = item.header.path.replace(/^\.\//, "").replace(/\/$/, "");
    if (MARKER_NAME.test(path)) onMarkerName();
    if (path !== "") yield* layerEntry(path, item);
  }
}

function* layerEntry(path: string, { header, body }: TarItem): Generator<TarInput, void> {
  const { type, mode, uid, gid, devMajor, devMinor } = header;
  const mtime = { seconds: header.mtime.seconds, nanoseconds: 0 };
  if (type === "char-device" && devMajor === 0 && devMinor === 0) {
    yield { header: { type: "file", path: path.replace(/[^/]*$/, ".wh.$&"), mode: 0o600, uid, gid, mtime } };
    return;
  }
  const linkPath = type === "hardlink" ? header.linkPath.replace(/^\.\//, "") : header.linkPath;
  const { size } = header;
  yield { header: { type, path, mode, uid, gid, mtime, linkPath, size, devMajor, devMinor, xattrs: xattrsOf(header) }, body };
  if (type === "directory" && header.xattrs.has(OPAQUE_XATTR)) {
    yield { header: { type: "file", path: `${path}/.wh..wh..opq`, mode: mode & 0o777, uid, gid } };
  }
}

/** What overlayfs notes for itself is nobody else's. */
function xattrsOf({ xattrs }: TarHeader): ReadonlyMap<string, Uint8Array> {
  return xattrs.has(OPAQUE_XATTR) ? new Map([...xattrs].filter(([name]) => name !== OPAQUE_XATTR)) : xattrs;
}
