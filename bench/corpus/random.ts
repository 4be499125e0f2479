import { createCipheriv } from "node:crypto";

/** Numbers that are the same on every machine and in every run; the corpus must be. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). The "mulberry32" sequence. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number in [0, end). */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** Sizes of source files are close to log-normal: most are small, a few are large. */
  logNormal(median: number, spread: number): number {
    const gauss = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return Math.round(median * Math.exp(spread * gauss));
  }
}

/** Bytes that no compressor can shrink. */
export function noise(size: number, seed: number): Buffer {
  const key = Buffer.alloc(16, seed & 0xff);
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** Text with the look of source code: few words, indented lines; gzip shrinks it about four times. */
export function sourceText(size: number, seed: number): Buffer {
  const random = new Random(seed);
  const words = Array.from({ length: 900 }, () => word(random));
  const text = Buffer.alloc(size);
  let at = 0;
  while (at < size) {
    const line = Array.from({ length: 2 + random.below(9) }, () => words[Math.floor(words.length * random.next() ** 2)]);
    at += text.write(`${"  ".repeat(random.below(5))}${line.join(" ")};\n`, at, "latin1");
  }
  return text;
}

function word(random: Random): string {
  return Array.from({ length: 2 + random.below(9) }, () => String.fromCharCode(97 + random.below(26))).join("");
}
