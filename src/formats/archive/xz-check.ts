import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** The integrity check of a block's output. */
export interface XzCheck {
  /** Of the digest. */
  readonly size: number;
  update(bytes: Uint8Array): void;
  /** As stored in the file. */
  digest(): Buffer;
}

/** By its number in the stream flags (xz file format, 2.1.1.2); undefined for numbers that nobody writes. */
export function openXzCheck(id: number): XzCheck | undefined {
  switch (id) {
    case 0x00:
      return { size: 0, update: () => undefined, digest: () => Buffer.alloc(0) };
    case 0x01:
      return crc32Check();
    case 0x04:
      return new Crc64();
    case 0x0a: {
      const hash = createHash("sha256");
      return { size: 32, update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
    }
    default:
      return undefined;
  }
}

function crc32Check(): XzCheck {
  let crc = 0;
  return {
    size: 4,
    update: (bytes) => void (crc = crc32(bytes, crc)),
    digest: () => {
      const digest = Buffer.alloc(4);
      digest.writeUInt32LE(crc);
      return digest;
    },
  };
}

/** CRC-64 with the polynomial of ECMA-182, lowest bit first, in two halves because numbers have no 64 bits. */
class Crc64 implements XzCheck {
  readonly size = 8;
  #low = -1;
  #high = -1;

  update(bytes: Uint8Array): void {
    const { low: lowTable, high: highTable } = CRC64_TABLE;
    let [low, high] = [this.#low, this.#high];
    for (let i = 0; i < bytes.length; i++) {
      const index = (low ^ (bytes[i] ?? 0)) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ (lowTable[index] ?? 0);
      high = (high >>> 8) ^ (highTable[index] ?? 0);
    }
    [this.#low, this.#high] = [low, high];
  }

  digest(): Buffer {
    const digest = Buffer.alloc(8);
    digest.writeInt32LE(~this.#low, 0);
    digest.writeInt32LE(~this.#high, 4);
    return digest;
  }
}

const CRC64_TABLE = crc64Table();

function crc64Table(): { low: Int32Array; high: Int32Array } {
  const table = { low: new Int32Array(256), high: new Int32Array(256) };
  for (let byte = 0; byte < 256; byte++) {
    let [low, high] = [byte, 0];
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = (low & 1) === 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (!isOdd) continue;
      low ^= 0xd7870f42;
      high ^= 0xc96c5795;
    }
    table.low[byte] = low;
    table.high[byte] = high;
  }
  return table;
}
