import { rm } from "node:fs/promises";
import { detectCompression } from "#archive";
import { cancelled, invalidArgument } from "#errors";
import { createDigester } from "#oci";
import { BlobFile } from "./blob-file.ts";
import { LayerInspector } from "./layer-inspector.ts";
import type { ReceiveOptions, ReceivedBlob } from "./received-blob.ts";

/** Enough of the beginning to tell every compression and a tar header from anything else. */
const SNIFF = 512;

/**
 * The one pass over a blob's bytes: digest, file, and, for a layer, diffID and entry index. Runs beside the
 * event loop in the ingest worker, or in place for blobs too small to be worth the trip.
 */
export class BlobReceiver {
  readonly #path: string | undefined;
  readonly #options: ReceiveOptions;
  readonly #file: BlobFile | undefined;
  readonly #digester: ReturnType<typeof createDigester>;
  #head: Uint8Array | undefined = new Uint8Array(0);
  #inspector: LayerInspector | undefined;
  #unwraps = false;
  #received = 0;
  #kept = 0;
  #catchingUp: Promise<void> | undefined;
  #isAborted = false;

  private constructor(path: string | undefined, options: ReceiveOptions, file: BlobFile | undefined) {
    this.#path = path;
    this.#options = options;
    this.#file = file;
    this.#digester = createDigester(options.algorithm);
  }

  /** @param path where the bytes go; without it they are only looked at. */
  static async create(path: string | undefined, options: ReceiveOptions): Promise<BlobReceiver> {
    return new BlobReceiver(path, options, path === undefined ? undefined : await BlobFile.open(path, options));
  }

  /** Passes over what the file holds already, and resolves with its length: the offset of the next byte to be written. */
  async catchUp(): Promise<number> {
    this.#catchingUp = this.#passAgain();
    await this.#catchingUp;
    this.#catchingUp = undefined;
    return this.#received;
  }

  /** May be called again before it resolves; `chunk` may be reused once it has. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#received += chunk.byteLength;
    if (this.#received > this.#options.maxSize) {
      throw invalidArgument(`cannot store blob: it is longer than the ${this.#options.maxSize} bytes expected of it`);
    }
    if (this.#head === undefined) return this.#pass(chunk);
    const head = Buffer.concat([this.#head, chunk]);
    this.#head = head;
    return head.byteLength < SNIFF ? undefined : this.#begin(head);
  }

  async finish(): Promise<ReceivedBlob> {
    if (this.#head !== undefined) await this.#begin(this.#head);
    await this.#inspector?.drain();
    const digest = this.#digester.digest();
    const layer = this.#inspector?.finish(digest);
    await this.#file?.finish();
    return {
      digest,
      size: this.#kept,
      layer: layer?.layer,
      notLayer: layer === undefined ? "it was not looked at" : layer.notLayer,
    };
  }

  /** A file that can be resumed stays, unless there is nothing in it or not all of what should be. */
  async abort(): Promise<void> {
    this.#isAborted = true;
    await this.#catchingUp?.catch(() => undefined);
    this.#inspector?.abort();
    const isWhole = await this.#file?.abort();
    const stays = this.#options.resume && isWhole === true && this.#kept > 0;
    if (this.#path !== undefined && !stays) await rm(this.#path, { force: true });
  }

  async #passAgain(): Promise<void> {
    if (this.#file === undefined) return;
    for await (const chunk of this.#file.readBack({ least: SNIFF, most: this.#options.maxSize })) {
      if (this.#isAborted) throw cancelled();
      await this.write(chunk);
    }
  }

  #begin(head: Uint8Array): Promise<void> {
    this.#head = undefined;
    if (this.#options.inspect) {
      const compression = detectCompression(head);
      this.#unwraps = this.#options.unwrapForeign && (compression === "bzip2" || compression === "xz");
      // Hashing is what receiving costs most: the same bytes are never hashed twice.
      const isStoredPlain = (compression === "none" || this.#unwraps) && this.#options.algorithm === "sha256";
      const keep = this.#unwraps ? (tar: Uint8Array): Promise<void> => this.#keep(tar) : undefined;
      this.#inspector = new LayerInspector(compression, { keep, hash: !isStoredPlain, isPlainTree: this.#options.isPlainTree });
    }
    return this.#pass(head);
  }

  async #pass(chunk: Uint8Array): Promise<void> {
    if (this.#unwraps) return this.#inspector?.write(chunk);
    // The write is under way while this thread hashes and parses.
    await Promise.all([this.#keep(chunk), this.#inspector?.write(chunk)]);
  }

  #keep(chunk: Uint8Array): Promise<void> {
    const written = this.#catchingUp === undefined ? this.#file?.write(chunk) : undefined;
    this.#kept += chunk.byteLength;
    this.#digester.update(chunk);
    return written ?? Promise.resolve();
  }
}
