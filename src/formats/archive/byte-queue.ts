/** Bytes put in at one end and taken at the other, in one piece of memory that grows to what had to be kept at once. */
export class ByteQueue {
  #buffer: Buffer<ArrayBuffer> = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  append(chunk: Uint8Array): void {
    const needed = this.length + chunk.byteLength;
    if (this.#end + chunk.byteLength > this.#buffer.length) {
      const target = needed * 2 > this.#buffer.length ? Buffer.allocUnsafe(needed * 2) : this.#buffer;
      this.#buffer.copy(target, 0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
      this.#buffer = target;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.byteLength;
  }

  /** What is in it, valid until the next `append`. */
  view(): Buffer<ArrayBuffer> {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  consume(count: number): void {
    this.#start += count;
  }
}
