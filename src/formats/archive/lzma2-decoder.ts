import { corrupt } from "./codec.ts";
import { LzmaChunkDecoder } from "./lzma-chunk.ts";
import { LzmaWindow } from "./lzma-window.ts";

const RESET = { nothing: 0, state: 1, properties: 2, dictionary: 3 } as const;

/** LZMA2: chunks of at most 64 KiB that say how long they are packed and unpacked. */
export class Lzma2Decoder {
  readonly #window: LzmaWindow;
  readonly #lzma: LzmaChunkDecoder;
  #needsDictionaryReset = true;
  #needsProperties = true;
  #needsStateReset = true;

  constructor(dictionarySize: number) {
    this.#window = new LzmaWindow(dictionarySize);
    this.#lzma = new LzmaChunkDecoder(this.#window);
  }

  /**
   * Bytes of the chunk that `input` begins with, or undefined when more must come to tell; 0 is not possible. The
   * end marker is a chunk of one byte.
   */
  static chunkSize(input: Uint8Array): number | undefined {
    const control = input[0];
    if (control === undefined) return undefined;
    if (control === 0) return 1;
    if (control < 0x80) return input.byteLength < 3 ? undefined : 3 + uint16(input, 1) + 1;
    const header = resetOf(control) >= RESET.properties ? 6 : 5;
    return input.byteLength < header ? undefined : header + uint16(input, 3) + 1;
  }

  /** Decodes one whole chunk; undefined for the end marker. The output is the caller's to keep. */
  decode(chunk: Uint8Array): Uint8Array | undefined {
    const control = chunk[0] ?? 0;
    if (control === 0) return undefined;
    if (control >= 0x80) return this.#decodeLzma(control, chunk);
    if (control > 2) throw corrupt("xz", "invalid chunk");
    this.#resetDictionary(control === 1);
    return this.#decodePlain(chunk.subarray(3));
  }

  #decodePlain(bytes: Uint8Array): Uint8Array {
    const window = this.#window;
    window.reserve(bytes.byteLength);
    window.bytes.set(bytes, window.position);
    window.position += bytes.byteLength;
    window.total += bytes.byteLength;
    return Uint8Array.from(bytes);
  }

  #decodeLzma(control: number, chunk: Uint8Array): Uint8Array {
    const size = ((control & 0x1f) << 16) + uint16(chunk, 1) + 1;
    const reset = resetOf(control);
    this.#resetDictionary(reset === RESET.dictionary);
    if (reset >= RESET.properties) {
      if (!this.#lzma.setProperties(chunk[5] ?? 0)) throw corrupt("xz", "invalid properties");
      this.#needsProperties = false;
    }
    if (reset >= RESET.state) {
      this.#lzma.reset();
      this.#needsStateReset = false;
    }
    if (this.#needsProperties || this.#needsStateReset) throw corrupt("xz", "chunk without properties");
    const window = this.#window;
    window.reserve(size);
    const start = window.position;
    if (!this.#lzma.decode(chunk.subarray(reset >= RESET.properties ? 6 : 5), size)) throw corrupt("xz", "invalid data");
    return window.bytes.slice(start, window.position);
  }

  #resetDictionary(isReset: boolean): void {
    if (isReset) {
      this.#window.reset();
      this.#needsDictionaryReset = false;
      // What LZMA knew of the old dictionary is void.
      this.#needsStateReset = true;
    }
    if (this.#needsDictionaryReset) throw corrupt("xz", "chunk without dictionary");
  }
}

function resetOf(control: number): number {
  return (control >> 5) & 3;
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
