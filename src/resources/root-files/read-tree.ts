import { readTar } from "#archive";
import type { TarHeader, TarInput } from "#archive";
import type { HeldDirectory } from "#disk";
import { internal } from "#errors";
import { startProgram } from "#programs";

const CREATE = [
  "--create --file=- --format=posix --pax-option=delete=atime,delete=ctime --sort=name --numeric-owner",
  // A process may be writing to what is read; sockets mean nothing to whoever unpacks them.
  "--warning=no-file-ignored --warning=no-file-changed --warning=no-file-removed --warning=no-file-shrank",
  "--xattrs --xattrs-include=security.capability",
  // Names may be any bytes, and may begin like an option.
  "--null --verbatim-files-from",
].flatMap((line) => line.split(" "));

/** Where a program finds the first thing that it is given beside its three streams. */
export const GIVEN = "/proc/self/fd/3";

export interface ReadTreeOptions {
  /** What stands in for the name that was read. */
  readonly rename: (path: string) => string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A name in a directory and everything below it as entries of a tar, as Docker writes them: whole seconds, whatever its
 * owner. GNU tar reads, which walks by what it has opened and follows no link.
 *
 * @param name undefined for the directory itself.
 */
export async function* readTree(
  directory: HeldDirectory,
  name: Buffer | undefined,
  { rename, signal }: ReadTreeOptions,
): AsyncGenerator<TarInput, void> {
  const program = startProgram("tar", [...CREATE, `--directory=${GIVEN}`, "--files-from=-"], {
    package: "tar",
    signal,
    stdio: ["pipe", "pipe", "pipe", directory.fd],
  });
  const { child, exitCode } = program;
  try {
    // It may have ended before it reads what to read.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(Buffer.concat([Buffer.from("./"), name ?? Buffer.from(""), Buffer.from("\0")]));
    if (child.stdout === null) throw internal("tar has no output");
    for await (const { header, body } of readTar(child.stdout as AsyncIterable<Uint8Array>, { signal })) {
      const path = rename(plainName(header.path));
      if (path !== undefined) yield { header: entryOf(header, path, rename), body };
    }
    // 1: something changed while it was read.
    if ((await exitCode) > 1) throw internal(`cannot read files: ${program.words()}`);
  } finally {
    program.kill();
    await exitCode.catch(() => undefined);
  }
}

/** Without the `./` that everything was asked for by. */
function plainName(path: string): string {
  return path.replace(/^\.\//, "").replace(/\/$/, "");
}

function entryOf(header: TarHeader, path: string, rename: ReadTreeOptions["rename"]): TarInput["header"] {
  const { type, mode, uid, gid, size, devMajor, devMinor, xattrs } = header;
  const linkPath = type === "hardlink" ? (rename(plainName(header.linkPath)) ?? header.linkPath) : header.linkPath;
  const mtime = { seconds: header.mtime.seconds, nanoseconds: 0 };
  return { type, path, mode, uid, gid, size, mtime, linkPath, devMajor, devMinor, xattrs };
}
