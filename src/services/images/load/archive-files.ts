import { decompress, readTar } from "#archive";
import type { TarItem } from "#archive";
import type { Ingest, StagedBlob } from "#content";
import { invalidArgument } from "#errors";
import { isDigest, MAX_MANIFEST_SIZE } from "#oci";
import type { Digest } from "#oci";
import type { Hold } from "../holds.ts";
import { checkFiles } from "../stored-blob.ts";
import type { StoredDeps } from "../stored-blob.ts";

/** Documents of archives are read whole; nobody's are larger (CVE-2023-25153). */
const MAX_DOCUMENT_SIZE = 16 * 1024 * 1024;
/** Documents kept in memory until the archive is understood. */
const MAX_DOCUMENTS_SIZE = 64 * 1024 * 1024;
const MAX_LINKS = 16;
/** Of a blob's beginning, for errors. */
const HEAD_SIZE = 16;

/** Whatever is in them, these are not layers. */
const DOCUMENTS = new Set(["manifest.json", "index.json", "oci-layout"]);

/** One member of an archive: a document in memory, a blob on disk, a blob that was here before, or a link to a member. */
export type ArchiveFile =
  | { readonly kind: "document"; readonly bytes: Uint8Array }
  | { readonly kind: "blob"; readonly staged: Promise<StagedBlob>; readonly head: Uint8Array }
  | { readonly kind: "stored"; readonly digest: Digest }
  | { readonly kind: "link"; readonly path: string };

type StagingDeps = StoredDeps & { readonly hold: Hold };

/** The members of an image archive, received in one pass whatever their order. Dispose of it to remove what nobody committed. */
export class ArchiveFiles implements AsyncDisposable {
  readonly #deps: StagingDeps;
  readonly #files = new Map<string, ArchiveFile>();
  readonly #staged: Promise<StagedBlob>[] = [];
  #documentsSize = 0;

  private constructor(deps: StagingDeps) {
    this.#deps = deps;
  }

  static async receive(deps: StagingDeps, archive: AsyncIterable<Uint8Array>, options: { signal?: AbortSignal }): Promise<ArchiveFiles> {
    const files = new ArchiveFiles(deps);
    try {
      for await (const entry of readTar(decompress(archive, options), options)) await files.#receive(entry);
      await Promise.all(files.#staged);
      return files;
    } catch (error) {
      await files[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const settled = await Promise.allSettled(this.#staged);
    await this.#deps.content.discard(settled.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : [])));
  }

  /** Follows links, but only to other members: what lies outside the archive does not exist. */
  find(path: string): Exclude<ArchiveFile, { kind: "link" }> | undefined {
    let at = cleanPath(path);
    for (let hops = 0; at !== undefined && hops <= MAX_LINKS; hops += 1) {
      const file = this.#files.get(at);
      if (file?.kind !== "link") return file;
      at = file.path;
    }
    return undefined;
  }

  document(path: string): Uint8Array | undefined {
    const file = this.find(path);
    return file?.kind === "document" ? file.bytes : undefined;
  }

  /** Receives a document that belongs to the archive although it is no member of it. */
  stage(bytes: Uint8Array, digest: Digest): Promise<StagedBlob> {
    const staged = this.#deps.content.stage(bytes, { digest });
    this.#staged.push(staged);
    return staged;
  }

  async #receive({ header, body }: TarItem): Promise<void> {
    const path = cleanPath(header.path);
    if (path === undefined) return;
    if (header.type === "hardlink") this.#put(path, { kind: "link", path: cleanPath(header.linkPath) ?? "" });
    if (header.type === "symlink") this.#put(path, { kind: "link", path: cleanPath(`${parentOf(path)}/${header.linkPath}`) ?? "" });
    if (header.type !== "file") return;
    const digest = digestOfPath(path);
    if (digest !== undefined) await checkFiles(this.#deps, [digest]);
    if (digest !== undefined && this.#deps.metadata.blobs.find(digest) !== undefined) {
      this.#deps.hold.add(digest);
      this.#put(path, { kind: "stored", digest });
      return;
    }
    const chunks = body[Symbol.asyncIterator]();
    const first = await chunks.next();
    const head = first.done === true ? new Uint8Array(0) : first.value;
    if (DOCUMENTS.has(path) || isDocument(head)) return this.#receiveDocument(path, header.size, head, chunks);
    await this.#receiveBlob(path, header.size, digest, head, chunks);
  }

  async #receiveDocument(path: string, size: number, head: Uint8Array, rest: AsyncIterator<Uint8Array>): Promise<void> {
    const limit =
      path === "manifest.json" ? MAX_DOCUMENT_SIZE : Math.max(MAX_MANIFEST_SIZE, path === "index.json" ? 0 : MAX_DOCUMENT_SIZE / 2);
    if (size > limit) throw invalidArgument(`cannot read "${path}": ${size} bytes is more than the ${limit} that such a document may have`);
    this.#documentsSize += size;
    if (this.#documentsSize > MAX_DOCUMENTS_SIZE) {
      throw invalidArgument(`cannot read the archive: its documents are larger than ${MAX_DOCUMENTS_SIZE} bytes in all`);
    }
    const chunks = [Buffer.from(head)];
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) chunks.push(Buffer.from(next.value));
    this.#put(path, { kind: "document", bytes: Buffer.concat(chunks) });
  }

  /** The next member is read while this one's last bytes go to the disk. */
  async #receiveBlob(
    path: string,
    size: number,
    digest: Digest | undefined,
    head: Uint8Array,
    rest: AsyncIterator<Uint8Array>,
  ): Promise<void> {
    const ingest = await this.#deps.content.ingest({ inspect: true, size, unwrapForeign: digest === undefined });
    try {
      await ingest.write(head);
      for (let next = await rest.next(); next.done !== true; next = await rest.next()) await ingest.write(next.value);
    } catch (error) {
      await ingest[Symbol.asyncDispose]();
      throw error;
    }
    const staged = finish(ingest);
    staged.catch(() => undefined);
    this.#staged.push(staged);
    this.#put(path, { kind: "blob", staged, head: Uint8Array.from(head.subarray(0, HEAD_SIZE)) });
  }

  #put(path: string, file: ArchiveFile): void {
    this.#files.set(path, file);
  }
}

async function finish(ingest: Ingest): Promise<StagedBlob> {
  await using _ingest = ingest;
  return await ingest.finish();
}

/** JSON objects and arrays are all that archives hold besides layers; a tar begins with neither. */
function isDocument(head: Uint8Array): boolean {
  const first = head.find((byte) => byte > 0x20);
  return first === 0x7b || first === 0x5b;
}

function digestOfPath(path: string): Digest | undefined {
  const [room, algorithm, hex, ...rest] = path.split("/");
  const digest = `${algorithm}:${hex}`;
  return room === "blobs" && rest.length === 0 && isDigest(digest) ? digest : undefined;
}

/** `./a//b/../c` → `a/c`; `undefined` for what leads out of the archive. */
function cleanPath(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.length === 0 ? undefined : parts.join("/");
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
