import { internal } from "#errors";
import { encodeTarHeader, tarEnd, tarPadding } from "./encode-tar-header.ts";
import type { TarEntryInput } from "./encode-tar-header.ts";

export interface TarInput {
  readonly header: TarEntryInput;
  /** Exactly `header.size` bytes, which may be left out when that is 0. */
  readonly body?: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array> | undefined;
}

/** Small pieces are joined until they are worth a write. */
const CHUNK_SIZE = 64 * 1024;

/**
 * A tar of the entries in their order, deterministic. Small pieces are joined to chunks of 64 KiB and more; larger
 * chunks of bodies go through uncopied. Bodies are whole files: nothing is written sparse.
 *
 * @throws internal when a body is not as long as its header says, for then the tar is broken.
 */
export async function* writeTar(entries: Iterable<TarInput> | AsyncIterable<TarInput>): AsyncGenerator<Uint8Array, void> {
  const gathered = new Gatherer();
  for await (const { header, body } of entries) {
    yield* gathered.add(encodeTarHeader(header));
    const size = header.type === "file" ? (header.size ?? 0) : 0;
    let written = 0;
    for await (const chunk of body instanceof Uint8Array ? [body] : (body ?? [])) {
      written += chunk.byteLength;
      if (written > size) break;
      yield* gathered.add(chunk);
    }
    if (written !== size) {
      throw internal(`cannot write tar entry ${JSON.stringify(header.path)}: its body has ${written} bytes, expected ${size}`);
    }
    yield* gathered.add(tarPadding(size));
  }
  yield* gathered.add(tarEnd());
  yield* gathered.flush();
}

class Gatherer {
  #pieces: Uint8Array[] = [];
  #size = 0;

  *add(piece: Uint8Array): Generator<Uint8Array> {
    if (piece.byteLength >= CHUNK_SIZE) {
      yield* this.flush();
      yield piece;
      return;
    }
    this.#pieces.push(piece);
    this.#size += piece.byteLength;
    if (this.#size >= CHUNK_SIZE) yield* this.flush();
  }

  *flush(): Generator<Uint8Array> {
    if (this.#size > 0) yield Buffer.concat(this.#pieces, this.#size);
    this.#pieces = [];
    this.#size = 0;
  }
}
