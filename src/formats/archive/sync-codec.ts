import { cancelled } from "#errors";
import type { Codec, PieceSink } from "./codec.ts";

/** A decoder in plain code: pieces are made while they are asked for, and are their receiver's to keep. */
export interface SyncDecoder {
  push(chunk: Uint8Array): Iterable<Uint8Array>;
  finish(): Iterable<Uint8Array>;
}

/** Gives a decoder that runs on this thread the manners of one that does not. */
export class SyncCodec implements Codec {
  readonly #decoder: SyncDecoder;
  readonly #sink: PieceSink;
  #isAborted = false;

  constructor(decoder: SyncDecoder, sink: PieceSink) {
    this.#decoder = decoder;
    this.#sink = sink;
  }

  write(chunk: Uint8Array): Promise<void> {
    return this.#pass(this.#decoder.push(chunk));
  }

  end(): Promise<void> {
    return this.#pass(this.#decoder.finish());
  }

  abort(): void {
    this.#isAborted = true;
  }

  async #pass(pieces: Iterable<Uint8Array>): Promise<void> {
    for (const piece of pieces) {
      if (this.#isAborted) throw cancelled();
      await this.#sink(piece);
    }
  }
}
