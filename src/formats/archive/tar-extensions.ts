import { decodeName } from "./entry-name.ts";
import { headerFieldTooLong, invalidTarHeader } from "./errors.ts";
import { parsePaxRecords } from "./pax-records.ts";
import type { PaxRecords, PaxSparse } from "./pax-records.ts";
import type { TarHeader, TarLimits } from "./tar-header.ts";

const FLAG = { pax: 0x78, globalPax: 0x67, longName: 0x4c, longLink: 0x4b } as const;

type ExtensionFlag = (typeof FLAG)[keyof typeof FLAG];

export function isExtension(flag: number): flag is ExtensionFlag {
  return flag === FLAG.pax || flag === FLAG.globalPax || flag === FLAG.longName || flag === FLAG.longLink;
}

/** What extension headers have said so far: PAX `x` and GNU's long names of the next entry, PAX `g` of all to come. */
export class TarExtensions {
  readonly #limits: TarLimits;
  readonly #global: PaxRecords = {};
  #pax: PaxRecords | undefined;
  #longName: string | undefined;
  #longLink: string | undefined;

  constructor(limits: TarLimits) {
    this.#limits = limits;
  }

  /** Whether something waits for an entry. */
  get isPending(): boolean {
    return this.#pax !== undefined || this.#longName !== undefined || this.#longLink !== undefined;
  }

  /**
   * The size of an extension is that of its own header: a waiting `x` describes the file behind it, never this.
   *
   * @throws invalid-argument before anything is allocated for it.
   */
  checkSize(flag: ExtensionFlag, { size, headerOffset }: TarHeader): void {
    const isPax = flag === FLAG.pax || flag === FLAG.globalPax;
    // A long name is stored with the NUL that ends it.
    if (size > (isPax ? this.#limits.maxPaxBytes : this.#limits.maxPathBytes + 1)) throw headerFieldTooLong(headerOffset);
  }

  add(flag: ExtensionFlag, payload: Buffer, offset: number): void {
    switch (flag) {
      case FLAG.pax:
        this.#pax = parsePaxRecords(payload, this.#limits, offset);
        return;
      case FLAG.globalPax: {
        // Only what describes files is kept: names, sizes and maps for all entries to come would be a trap.
        const { uid, gid, mtime } = parsePaxRecords(payload, this.#limits, offset);
        if (uid !== undefined) this.#global.uid = uid;
        if (gid !== undefined) this.#global.gid = gid;
        if (mtime !== undefined) this.#global.mtime = mtime;
        return;
      }
      case FLAG.longName:
        this.#longName = longText(payload, this.#limits, offset);
        return;
      case FLAG.longLink:
        this.#longLink = longText(payload, this.#limits, offset);
        return;
      default:
        flag satisfies never;
    }
  }

  /** Completes an entry's header with what waited for it; gives what PAX said of its holes. */
  applyTo(header: TarHeader): PaxSparse | undefined {
    applyPax(header, this.#global);
    if (!this.isPending) return undefined;
    const sparse = this.#pax?.sparse;
    if (this.#pax !== undefined) applyPax(header, this.#pax);
    if (this.#longName !== undefined) header.path = this.#longName;
    if (this.#longLink !== undefined) header.linkPath = this.#longLink;
    this.forget();
    return sparse;
  }

  forget(): void {
    this.#pax = undefined;
    this.#longName = undefined;
    this.#longLink = undefined;
  }
}

function applyPax(header: TarHeader, pax: PaxRecords): void {
  if (pax.path !== undefined) header.path = pax.path;
  if (pax.linkPath !== undefined) header.linkPath = pax.linkPath;
  if (pax.size !== undefined) header.size = pax.size;
  if (pax.uid !== undefined) header.uid = pax.uid;
  if (pax.gid !== undefined) header.gid = pax.gid;
  if (pax.mtime !== undefined) header.mtime = pax.mtime;
  if (pax.xattrs !== undefined) header.xattrs = pax.xattrs;
  if (header.size < 0) throw invalidTarHeader(header.headerOffset);
}

function longText(payload: Buffer, limits: TarLimits, offset: number): string {
  const end = payload.indexOf(0);
  const text = end === -1 ? payload : payload.subarray(0, end);
  if (text.length > limits.maxPathBytes) throw headerFieldTooLong(offset);
  return decodeName(text);
}
