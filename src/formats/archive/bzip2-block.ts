import type { BitReader } from "./bit-reader.ts";
import { corrupt } from "./codec.ts";

const MAX_CODE_LENGTH = 20;
const FAST_BITS = 9;
const GROUP_SIZE = 50;
const RUN_A = 0;
const RUN_B = 1;

/** Codes of one Huffman table: short ones by lookup (`length << 9 | symbol`), long ones length by length. */
interface CodeTable {
  readonly fast: Uint16Array;
  readonly limit: Int32Array;
  readonly base: Int32Array;
  readonly symbols: Uint16Array;
  readonly maxLength: number;
}

/**
 * Decodes a block behind its magic number and checksum into `cells`, whose low bytes then are the Burrows-Wheeler
 * transform's last column, and gives its length and where the text starts. What a block may claim is bounded by
 * the room in `cells`: every symbol adds at least one byte.
 */
export function readBzip2Block(bits: BitReader, cells: Uint32Array): { length: number; start: number } {
  if (bits.take(1) === 1) throw corrupt("bzip2", "randomised blocks are not supported");
  const start = bits.take(24);
  const alphabet = readAlphabet(bits);
  const tableCount = bits.take(3);
  if (tableCount < 2 || tableCount > 6) throw corrupt("bzip2", "invalid number of code tables");
  const selectors = readSelectors(bits, tableCount);
  const tables: CodeTable[] = [];
  for (let i = 0; i < tableCount; i++) tables.push(readCodeTable(bits, alphabet.length + 2));
  const length = readSymbols(bits, { cells, alphabet, selectors, tables });
  if (start >= length) throw corrupt("bzip2", "invalid start of block");
  return { length, start };
}

/** Bytes that occur in the block, in order, out of sixteen times sixteen. */
function readAlphabet(bits: BitReader): Uint8Array {
  const used = bits.take(16);
  const alphabet: number[] = [];
  for (let i = 0; i < 16; i++) {
    if ((used & (0x8000 >> i)) === 0) continue;
    const row = bits.take(16);
    for (let j = 0; j < 16; j++) if ((row & (0x8000 >> j)) !== 0) alphabet.push(16 * i + j);
  }
  if (alphabet.length === 0) throw corrupt("bzip2", "no bytes in block");
  return Uint8Array.from(alphabet);
}

/** Which table decodes which fifty symbols, as positions in a list that moves what was used to its front. */
function readSelectors(bits: BitReader, tableCount: number): Uint8Array {
  const count = bits.take(15);
  if (count === 0) throw corrupt("bzip2", "no selectors");
  const recent = [0, 1, 2, 3, 4, 5].slice(0, tableCount);
  const selectors = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    let position = 0;
    while (bits.take(1) === 1) if (++position >= tableCount) throw corrupt("bzip2", "invalid selector");
    const [table = 0] = recent.splice(position, 1);
    recent.unshift(table);
    selectors[i] = table;
  }
  return selectors;
}

function readCodeTable(bits: BitReader, symbolCount: number): CodeTable {
  const lengths = new Uint8Array(symbolCount);
  let length = bits.take(5);
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    for (;;) {
      if (length < 1 || length > MAX_CODE_LENGTH) throw corrupt("bzip2", "invalid code length");
      if (bits.take(1) === 0) break;
      length += bits.take(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
  }
  return codeTable(lengths);
}

function codeTable(lengths: Uint8Array): CodeTable {
  const maxLength = Math.max(...lengths);
  const limit = new Int32Array(MAX_CODE_LENGTH + 1).fill(-1);
  const base = new Int32Array(MAX_CODE_LENGTH + 1);
  const symbols = new Uint16Array(lengths.length);
  const fast = new Uint16Array(1 << FAST_BITS);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= maxLength; length++) {
    base[length] = index - code;
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue;
      if (code >= 1 << length) throw corrupt("bzip2", "too many codes of a length");
      if (length <= FAST_BITS) {
        const shift = FAST_BITS - length;
        fast.fill((length << FAST_BITS) | symbol, code << shift, (code + 1) << shift);
      }
      symbols[index++] = symbol;
      limit[length] = code++;
    }
    code <<= 1;
  }
  return { fast, limit, base, symbols, maxLength };
}

interface BlockParts {
  readonly cells: Uint32Array;
  readonly alphabet: Uint8Array;
  readonly selectors: Uint8Array;
  readonly tables: readonly CodeTable[];
}

/** Undoes the coding of runs (RUN_A and RUN_B are the digits of their length) and the move to front. */
function readSymbols(bits: BitReader, { cells, alphabet, selectors, tables }: BlockParts): number {
  const recent = Uint8Array.from(alphabet);
  const end = alphabet.length + 1;
  let count = 0;
  let run = 0;
  let digit = 1;
  for (const selector of selectors) {
    const table = tables[selector];
    if (table === undefined) break;
    for (let left = GROUP_SIZE; left > 0; left--) {
      const symbol = readSymbol(bits, table);
      if (symbol === RUN_A || symbol === RUN_B) {
        run += digit << symbol;
        digit <<= 1;
        // Also keeps `digit` from overflowing, which would make an endless run of it.
        if (count + run > cells.length) throw corrupt("bzip2", "block too long");
        continue;
      }
      if (run > 0) {
        cells.fill(recent[0] ?? 0, count, count + run);
        count += run;
        run = 0;
        digit = 1;
      }
      if (symbol === end) return count;
      if (count >= cells.length) throw corrupt("bzip2", "block too long");
      const byte = recent[symbol - 1] ?? 0;
      recent.copyWithin(1, 0, symbol - 1);
      recent[0] = byte;
      cells[count++] = byte;
    }
  }
  throw corrupt("bzip2", "block without end");
}

function readSymbol(bits: BitReader, table: CodeTable): number {
  const entry = table.fast[bits.peek(FAST_BITS)] ?? 0;
  if (entry !== 0) {
    bits.skip(entry >> FAST_BITS);
    return entry & ((1 << FAST_BITS) - 1);
  }
  const code = bits.peek(MAX_CODE_LENGTH);
  for (let length = 1; length <= table.maxLength; length++) {
    const prefix = code >>> (MAX_CODE_LENGTH - length);
    if (prefix > (table.limit[length] ?? -1)) continue;
    bits.skip(length);
    const symbol = table.symbols[prefix + (table.base[length] ?? 0)];
    if (symbol === undefined) break;
    return symbol;
  }
  // Too few bits for the longest code may be all that is wrong.
  bits.take(table.maxLength);
  throw corrupt("bzip2", "invalid code");
}
