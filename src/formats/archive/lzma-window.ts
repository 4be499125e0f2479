/** Output that later output may repeat. Grows to what its stream has made, but not beyond the dictionary's size. */
export class LzmaWindow {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Where the next byte goes. */
  position = 0;
  /** Bytes since the dictionary was reset; positions of bits in LZMA count from there. */
  total = 0;
  readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  reset(): void {
    this.position = 0;
    this.total = 0;
  }

  /** Makes room for that many bytes in one piece behind `position`; only bytes out of reach are given up. */
  reserve(count: number): void {
    if (this.position + count <= this.bytes.length) return;
    const kept = Math.min(this.position, this.size);
    // Sliding costs a copy of the dictionary, so it must not happen for every chunk.
    const wanted = kept + Math.max(count, Math.min(kept, 16 * 1024 * 1024), 1024 * 1024);
    const target = wanted > this.bytes.length ? new Uint8Array(wanted) : this.bytes;
    if (target === this.bytes) target.copyWithin(0, this.position - kept, this.position);
    else target.set(this.bytes.subarray(this.position - kept, this.position));
    this.bytes = target;
    this.position = kept;
  }

  /** Whether a match may begin that far back; 0 is the byte before. */
  reaches(distance: number): boolean {
    return distance < Math.min(this.total, this.size);
  }
}
