import { invalidArgument } from "#errors";

/** One entry to write. Everything the bench writes fits plain ustar: short paths, sizes below 8 GiB. */
export interface TarEntry {
  readonly path: string;
  readonly type?: "file" | "directory" | "symlink";
  readonly size?: number;
  readonly mode?: number;
  readonly linkPath?: string;
  /** Unix seconds. */
  readonly mtime?: number;
}

const BLOCK = 512;
const TYPE_FLAGS = { file: "0", directory: "5", symlink: "2" } as const;

/** Written apart from the engine's own codec, so that a fault in that codec cannot hide in both ends. */
export function tarHeader(entry: TarEntry): Buffer {
  const type = entry.type ?? "file";
  const header = Buffer.alloc(BLOCK);
  const { name, prefix } = splitPath(entry.path);
  header.write(name, 0, 100, "latin1");
  writeOctal(header, 100, 8, entry.mode ?? (type === "directory" ? 0o755 : 0o644));
  writeOctal(header, 108, 8, 0);
  writeOctal(header, 116, 8, 0);
  writeOctal(header, 124, 12, entry.size ?? 0);
  writeOctal(header, 136, 12, entry.mtime ?? 1_700_000_000);
  header.fill(" ", 148, 156);
  header.write(TYPE_FLAGS[type], 156, 1, "latin1");
  header.write(entry.linkPath ?? "", 157, 100, "latin1");
  header.write("ustar\u000000", 257, 8, "latin1");
  header.write(prefix, 345, 155, "latin1");
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148, 8, "latin1");
  return header;
}

/** Header, content and padding of a file that is at hand whole. */
export function tarFile(path: string, content: Uint8Array, mode?: number): Buffer {
  const header = tarHeader(mode === undefined ? { path, size: content.length } : { path, size: content.length, mode });
  return Buffer.concat([header, content, tarPadding(content.length)]);
}

export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

function splitPath(path: string): { name: string; prefix: string } {
  if (path.length <= 100) return { name: path, prefix: "" };
  const cut = path.indexOf("/", path.length - 101);
  if (cut < 0 || cut > 155) throw invalidArgument(`cannot write a tar header: path too long: "${path}"`);
  return { name: path.slice(cut + 1), prefix: path.slice(0, cut) };
}

function writeOctal(header: Buffer, offset: number, width: number, value: number): void {
  header.write(`${value.toString(8).padStart(width - 1, "0")}\u0000`, offset, width, "latin1");
}
