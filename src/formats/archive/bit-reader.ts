/** Thrown inside a decoder when the buffered bytes end within a number. */
export class OutOfBits extends Error {}

/** Bits of a byte string, highest first. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #bits = 0;
  #count = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** The first byte of which no bit was taken. */
  get byteOffset(): number {
    return this.#at - (this.#count >> 3);
  }

  /** Whether the next bit is a byte's first. */
  get isAligned(): boolean {
    return this.#count % 8 === 0;
  }

  align(): void {
    this.#count -= this.#count % 8;
  }

  /** Reads on at the same bit, where `bytes` begins with the byte that this bit is in. */
  continueIn(bytes: Uint8Array): BitReader {
    const reader = new BitReader(bytes, 0);
    if (!this.isAligned) reader.take(8 - (this.#count % 8));
    return reader;
  }

  /** Up to 24 bits. */
  take(count: number): number {
    if (this.#count < count) this.#fill(count);
    this.#count -= count;
    return (this.#bits >>> this.#count) & ((1 << count) - 1);
  }

  /** The next bits, with zeros behind the end; `skip` takes them. */
  peek(count: number): number {
    if (this.#count < count) this.#fill(0);
    const missing = count - this.#count;
    const mask = (1 << count) - 1;
    return missing > 0 ? (this.#bits << missing) & mask : (this.#bits >>> -missing) & mask;
  }

  skip(count: number): void {
    if (this.#count < count) throw new OutOfBits();
    this.#count -= count;
  }

  #fill(needed: number): void {
    while (this.#count <= 24) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) break;
      this.#bits = (this.#bits << 8) | byte;
      this.#at++;
      this.#count += 8;
    }
    if (this.#count < needed) throw new OutOfBits();
  }
}
