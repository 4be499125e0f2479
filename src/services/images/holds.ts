import type { Digest } from "#oci";

/** Blobs that a running operation needs: garbage collection passes them by until the hold is released. */
export class Holds {
  readonly #held = new Map<Digest, number>();
  readonly #postponed = new Set<Digest>();
  #collect: (postponed: readonly Digest[]) => void = () => undefined;

  has(digest: Digest): boolean {
    return this.#held.has(digest);
  }

  /** True when the blob is held; its removal is then asked for again when it no longer is. */
  postpone(digest: Digest): boolean {
    const isHeld = this.#held.has(digest);
    if (isHeld) this.#postponed.add(digest);
    return isHeld;
  }

  /** Told of blobs that were garbage while they were held, once they are not. */
  onRelease(collect: (postponed: readonly Digest[]) => void): void {
    this.#collect = collect;
  }

  take(): Hold {
    return new Hold(this.#held, () => this.#release());
  }

  #release(): void {
    const released = [...this.#postponed].filter((digest) => !this.#held.has(digest));
    for (const digest of released) this.#postponed.delete(digest);
    if (released.length > 0) this.#collect(released);
  }
}

/** Bind it with `using`. Taking a digest is immediate, so "it exists" and "it is held" happen at one moment. */
export class Hold implements Disposable {
  readonly #held: Map<Digest, number>;
  readonly #mine = new Set<Digest>();
  readonly #released: () => void;

  constructor(held: Map<Digest, number>, released: () => void) {
    this.#held = held;
    this.#released = released;
  }

  add(digest: Digest): void {
    if (this.#mine.has(digest)) return;
    this.#mine.add(digest);
    this.#held.set(digest, (this.#held.get(digest) ?? 0) + 1);
  }

  [Symbol.dispose](): void {
    for (const digest of this.#mine) {
      const count = this.#held.get(digest) ?? 0;
      if (count <= 1) this.#held.delete(digest);
      else this.#held.set(digest, count - 1);
    }
    this.#mine.clear();
    this.#released();
  }
}
