import type { StagedBlob } from "#content";
import { invalidArgument } from "#errors";
import { algorithmOf, createDigester, hexOf, MAX_CONFIG_SIZE } from "#oci";
import type { Descriptor, Digest } from "#oci";
import type { Hold } from "../holds.ts";
import { readStored } from "../stored-blob.ts";
import type { StoredDeps } from "../stored-blob.ts";
import type { ArchiveFiles } from "./archive-files.ts";

/** Blobs by digest, from the archive's `blobs/` folder first and from the store else. What is found in the store is held. */
export class BlobSource {
  readonly #files: ArchiveFiles;
  readonly #deps: StoredDeps & { readonly hold: Hold };

  constructor(files: ArchiveFiles, deps: StoredDeps & { readonly hold: Hold }) {
    this.#files = files;
    this.#deps = deps;
  }

  /** @throws invalid-argument when the archive's bytes are not what their name and the descriptor promise. */
  async read(descriptor: Descriptor): Promise<Uint8Array | undefined> {
    const { digest, size } = descriptor;
    const file = this.#files.find(pathOf(digest));
    if (file?.kind === "document") {
      checkSize(descriptor, file.bytes.byteLength);
      checkDigest(digest, file.bytes);
      return file.bytes;
    }
    if (file?.kind === "blob") throw invalidArgument(`cannot read ${pathOf(digest)}: expected a JSON document`);
    if (!this.#isStored(digest)) return undefined;
    const bytes = await readStored(this.#deps, digest, Math.max(size, MAX_CONFIG_SIZE));
    checkSize(descriptor, bytes.byteLength);
    return bytes;
  }

  async blob(digest: Digest): Promise<StagedBlob | "stored" | undefined> {
    const file = this.#files.find(pathOf(digest));
    if (file?.kind === "blob") {
      const staged = await file.staged;
      if (staged.digest !== digest) throw wrongDigest(digest, staged.digest);
      return staged;
    }
    if (file?.kind === "document") {
      checkDigest(digest, file.bytes);
      return this.#files.stage(file.bytes, digest);
    }
    return this.#isStored(digest) ? "stored" : undefined;
  }

  #isStored(digest: Digest): boolean {
    if (this.#deps.metadata.blobs.find(digest) === undefined) return false;
    this.#deps.hold.add(digest);
    return true;
  }
}

function pathOf(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
}

function checkSize({ digest, size }: Descriptor, actual: number): void {
  if (actual !== size) throw invalidArgument(`cannot read ${pathOf(digest)}: expected ${size} bytes but got ${actual}`);
}

function checkDigest(digest: Digest, bytes: Uint8Array): void {
  const digester = createDigester(algorithmOf(digest));
  digester.update(bytes);
  const actual = digester.digest();
  if (actual !== digest) throw wrongDigest(digest, actual);
}

function wrongDigest(digest: Digest, actual: Digest): Error {
  return invalidArgument(`cannot read ${pathOf(digest)}: its content has the digest ${actual}`);
}
