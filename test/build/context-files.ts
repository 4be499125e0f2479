import { writeTar } from "#archive";
import type { TarEntryInput, TarInput } from "#archive";

/** One file of a context or base image; a string is its text. What is left out is 0644, 0:0 and 1970. */
export interface FileSpec extends Partial<Pick<TarEntryInput, "mode" | "uid" | "gid" | "xattrs">> {
  readonly text?: string | Uint8Array;
  /** Unix seconds. */
  readonly mtime?: number;
  readonly link?: string;
  /** Another name of this file, which comes before. */
  readonly hardLink?: string;
  readonly fifo?: true;
  /** Major and minor number of a character device. */
  readonly device?: readonly [number, number];
}

/** By path; one that ends in `/` is a directory. */
export type Files = Readonly<Record<string, string | Uint8Array | FileSpec>>;

export async function tarOfFiles(files: Files): Promise<Buffer> {
  const inputs = Object.entries(files).map(([path, file]) => inputOf(path, file));
  return Buffer.concat(await Array.fromAsync(writeTar(inputs)));
}

function inputOf(path: string, file: string | Uint8Array | FileSpec): TarInput {
  if (typeof file === "string" || file instanceof Uint8Array) return inputOf(path, { text: file });
  const { text = "", link, hardLink, fifo, device, mtime = 0, ...attributes } = file;
  const header = { path, mode: path.endsWith("/") ? 0o755 : 0o644, ...attributes, mtime: { seconds: mtime, nanoseconds: 0 } };
  if (path.endsWith("/")) return { header: { ...header, type: "directory" } };
  if (link !== undefined) return { header: { ...header, type: "symlink", linkPath: link, mode: 0o777 } };
  if (hardLink !== undefined) return { header: { ...header, type: "hardlink", linkPath: hardLink } };
  if (fifo === true) return { header: { ...header, type: "fifo" } };
  if (device !== undefined) return { header: { ...header, type: "char-device", devMajor: device[0], devMinor: device[1] } };
  const body = Buffer.from(text);
  return { header: { ...header, type: "file", size: body.length }, body };
}
