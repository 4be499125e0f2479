import { Readable } from "node:stream";
import { dataLoss } from "#errors";
import type { TreeFile } from "./tree-line.ts";
import type { GitProcess } from "./git-process.ts";

const MAX_HEADER = 200;

/** The contents of files, asked for in their order from one `git cat-file --batch`. */
export class ObjectReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(git: GitProcess, files: readonly TreeFile[]) {
    Readable.from(files.map(({ object }) => `${object}\n`)).pipe(git.stdin);
    this.#chunks = git.stdout[Symbol.asyncIterator]();
  }

  /** The next of the files; to be read to its end before the one after it. */
  async *read({ object, size }: TreeFile): AsyncGenerator<Uint8Array> {
    const header = await this.#line();
    if (header !== `${object} blob ${size}`) throw dataLoss(`cannot read the git repository: ${header}`);
    for (let left = size; left > 0;) {
      if (this.#rest.byteLength === 0) this.#rest = await this.#more();
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.byteLength);
      left -= part.byteLength;
      yield part;
    }
    await this.#line();
  }

  async #more(): Promise<Buffer> {
    const next = await this.#chunks.next();
    if (next.done === true) throw dataLoss("cannot read the git repository: unexpected end");
    return next.value;
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(0x0a);
      if (end !== -1) {
        const line = this.#rest.subarray(0, end).toString("latin1");
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      if (this.#rest.byteLength > MAX_HEADER) throw dataLoss("cannot read the git repository: unexpected answer");
      this.#rest = Buffer.concat([this.#rest, await this.#more()]);
    }
  }
}
