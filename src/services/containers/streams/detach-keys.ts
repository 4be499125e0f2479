import { internal, invalidArgument } from "#errors";

/** Ctrl-p ctrl-q, unless somebody chose others. */
const DEFAULT_KEYS = Uint8Array.of(0x10, 0x11);

/** Names of the control characters 0 to 31, in their order. */
const CONTROL = Array.from("@abcdefghijklmnopqrstuvwxyz[\\]^_", (key) => `ctrl-${key}`);

/**
 * Keys as Docker's clients name them: characters and `ctrl-x`, with commas between; empty for the default.
 *
 * @param what `detach` of an attach, `escape` of an exec.
 * @throws invalid-argument of an attach, internal of an exec, in Docker's words.
 */
export function parseDetachKeys(text: string, what: "detach" | "escape"): Uint8Array {
  if (text === "") return DEFAULT_KEYS;
  const codes = text.split(",").map(codeOf);
  // Docker takes the keys of an exec for its own mistake.
  const mistake = what === "escape" ? internal : invalidArgument;
  if (codes.includes(undefined)) throw mistake(`Invalid ${what} keys (${text}) provided`);
  return Uint8Array.from(codes.filter((code) => code !== undefined));
}

function codeOf(key: string): number | undefined {
  if (key === "DEL") return 0x7f;
  const bytes = Buffer.from(key);
  if (bytes.length === 1) return bytes[0];
  const control = CONTROL.indexOf(key);
  return control === -1 ? undefined : control;
}

/** Looks for the keys in what somebody types; a beginning of them is held back until it is clear that it is none. */
export class DetachScanner {
  readonly #keys: Uint8Array;
  #matched = 0;

  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /** What is to be passed on, and whether the keys came behind it; what follows them is nobody's. */
  scan(chunk: Uint8Array): { readonly bytes: Uint8Array; readonly isDetached: boolean } {
    const bytes: number[] = [];
    for (const byte of chunk) {
      if (byte !== this.#keys[this.#matched]) {
        bytes.push(...this.#keys.subarray(0, this.#matched));
        this.#matched = 0;
      }
      if (byte !== this.#keys[this.#matched]) {
        bytes.push(byte);
        continue;
      }
      this.#matched += 1;
      if (this.#matched === this.#keys.length) return { bytes: Uint8Array.from(bytes), isDetached: true };
    }
    return { bytes: Uint8Array.from(bytes), isDetached: false };
  }
}
