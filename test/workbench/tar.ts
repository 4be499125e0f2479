/** One entry of a small archive. Times are Unix seconds; a name that ends in `/` is a directory. */
export interface TarFile {
  readonly name: string;
  readonly data?: Uint8Array | string;
  /** A symbolic link to this target. */
  readonly link?: string;
  /** A hard link to this entry. */
  readonly hardLink?: string;
  readonly mode?: number;
  readonly mtime?: number;
}

const BLOCK = 512;

/** A USTAR archive with two closing blocks; names up to 100 bytes, owner 0:0. */
export function tarOf(files: readonly TarFile[], options: { ended?: boolean } = {}): Buffer {
  const parts = files.flatMap((file) => {
    const data = Buffer.from(file.data ?? "");
    return [header(file, data.length), data, Buffer.alloc(padding(data.length))];
  });
  return Buffer.concat(options.ended === false ? parts : [...parts, Buffer.alloc(2 * BLOCK)]);
}

/** Regular files, links and folders of an archive in their order; long names of GNU and PAX are understood. */
export function readTar(bytes: Buffer): Required<Pick<TarFile, "name" | "mode" | "mtime">>[] & { data: Map<string, Buffer> } {
  const files: { name: string; mode: number; mtime: number }[] = [];
  const data = new Map<string, Buffer>();
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const block = bytes.subarray(at, at + BLOCK);
    if (block[0] === 0) break;
    const size = octal(block, 124, 12);
    const payload = bytes.subarray(at + BLOCK, at + BLOCK + size);
    at += BLOCK + size + padding(size);
    const type = String.fromCharCode(block[156] ?? 0);
    if (type === "x" || type === "L") {
      longName = type === "L" ? text(payload) : (/\d+ path=([^\n]*)\n/.exec(payload.toString())?.[1] ?? longName);
      continue;
    }
    if (type === "g") continue;
    const prefix = text(block.subarray(345, 500));
    const short = text(block.subarray(0, 100));
    const name = longName ?? (prefix === "" ? short : `${prefix}/${short}`);
    longName = undefined;
    files.push({ name, mode: octal(block, 100, 8), mtime: octal(block, 136, 12) });
    data.set(name, payload);
  }
  return Object.assign(files, { data });
}

function header(file: TarFile, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const [type, target] = typeOf(file);
  block.write(file.name, 0, 100);
  block.write(field(file.mode ?? (type === "5" ? 0o755 : 0o644), 8), 100);
  block.write(field(0, 8), 108);
  block.write(field(0, 8), 116);
  block.write(field(size, 12), 124);
  block.write(field(file.mtime ?? 0, 12), 136);
  block.write("        ", 148);
  block.write(type, 156);
  block.write(target, 157, 100);
  block.write("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148);
  return block;
}

function typeOf(file: TarFile): readonly [type: string, target: string] {
  if (file.link !== undefined) return ["2", file.link];
  if (file.hardLink !== undefined) return ["1", file.hardLink];
  return [file.name.endsWith("/") ? "5" : "0", ""];
}

function field(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\u0000`;
}

function octal(block: Buffer, at: number, width: number): number {
  return Number.parseInt(text(block.subarray(at, at + width)).trim() || "0", 8);
}

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end === -1 ? bytes.length : end).toString();
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
