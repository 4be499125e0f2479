const LENGTH_DELIMITED = 2;

/** A protobuf message in the making: fields in the order in which they are put, those with their default value left out. */
export class ProtobufMessage {
  readonly #parts: Uint8Array[] = [];

  text(field: number, value: string | undefined): this {
    return this.bytes(field, value === undefined ? undefined : Buffer.from(value));
  }

  bytes(field: number, value: Uint8Array | undefined): this {
    if (value === undefined || value.byteLength === 0) return this;
    return this.#delimited(field, value);
  }

  /** Whole numbers of 64 bits; negative ones take ten bytes. */
  integer(field: number, value: number | bigint): this {
    if (Number(value) !== 0) this.#parts.push(varint(BigInt(field) << 3n), varint(BigInt(value)));
    return this;
  }

  flag(field: number, value: boolean): this {
    return this.integer(field, value ? 1 : 0);
  }

  /** There even if it is empty. */
  message(field: number, value: ProtobufMessage | undefined): this {
    return value === undefined ? this : this.#delimited(field, value.encode());
  }

  encode(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  #delimited(field: number, value: Uint8Array): this {
    this.#parts.push(varint(BigInt((field << 3) | LENGTH_DELIMITED)), varint(BigInt(value.byteLength)), value);
    return this;
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
