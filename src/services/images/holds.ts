import type { Digest } from "#oci";

/** Blobs that a running operation needs: garbage collection passes them by until the hold is released. */
export class Holds {
  readonly #held = new Map<Digest, number>();

  has(digest: Digest): boolean {
    return this.#held.has(digest);
  }

  take(): Hold {
    return new Hold(this.#held);
  }
}

/** Bind it with `using`. Taking a digest is immediate, so "it exists" and "it is held" happen at one moment. */
export class Hold implements Disposable {
  readonly #held: Map<Digest, number>;
  readonly #mine = new Set<Digest>();

  constructor(held: Map<Digest, number>) {
    this.#held = held;
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
  }
}
