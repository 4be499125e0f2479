import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "#disk";
import { hexOf, isDigest } from "#oci";
import type { DiffId } from "#oci";

export class Layers {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async open(root: string): Promise<Layers> {
    const directory = join(root, "layers");
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return new Layers(directory);
  }

  /** Keeps a layer's encoded entry index. Idempotent. */
  async put(diffId: DiffId, index: Uint8Array): Promise<void> {
    await mkdir(this.#path(diffId), { recursive: true, mode: 0o700 });
    await writeFileAtomic(join(this.#path(diffId), "index"), index, { durable: false });
  }

  /** The encoded entry index, or `undefined` when it has to be made from the blob. */
  async find(diffId: DiffId): Promise<Buffer | undefined> {
    try {
      return await readFile(join(this.#path(diffId), "index"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async list(): Promise<DiffId[]> {
    return (await readdir(this.#directory)).map((hex) => `sha256:${hex}`).filter(isDigest);
  }

  async remove(diffIds: Iterable<DiffId>): Promise<void> {
    for (const diffId of diffIds) await rm(this.#path(diffId), { recursive: true, force: true });
  }

  #path(diffId: DiffId): string {
    return join(this.#directory, hexOf(diffId));
  }
}
