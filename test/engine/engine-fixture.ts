import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine, LoadEvent } from "#engine";
import { openEngine } from "#engine";

/** A data root that goes when it is disposed of; engines over it come and go. */
export class TemporaryRoot implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<TemporaryRoot> {
    return new TemporaryRoot(await mkdtemp(join(tmpdir(), "slipway-test-")));
  }

  open(): Promise<Engine> {
    return openEngine({ dataRoot: this.path });
  }

  /** Hex names of all stored blobs. */
  async blobs(): Promise<string[]> {
    return (await readdir(join(this.path, "blobs", "sha256"))).sort();
  }

  /** Names of writes that are not finished. */
  unfinished(): Promise<string[]> {
    return readdir(join(this.path, "ingest"));
  }

  /** Names of blobs that arrived in part. */
  partial(): Promise<string[]> {
    return readdir(join(this.path, "partial"));
  }

  blobPath(digest: string): string {
    return join(this.path, "blobs", digest.replace(":", "/"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

export async function* chunked(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.byteLength; offset += size) yield bytes.subarray(offset, offset + size);
}

export async function load(engine: Engine, archive: Uint8Array): Promise<LoadEvent[]> {
  const events: LoadEvent[] = [];
  for await (const event of engine.images.load({ archive: chunked(archive) })) events.push(event);
  return events;
}

export async function save(engine: Engine, ...names: string[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await engine.images.save({ names })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Every name that is listed, in the order of the list. */
export async function names(engine: Engine): Promise<string[]> {
  return (await engine.images.list()).flatMap((row) => row.names);
}
