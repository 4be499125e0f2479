import type { Socket } from "node:net";
import { decodeFrames } from "#wire";

/** One end of a connection that was taken over: what it is sent, and what it says. */
export class Talk {
  readonly #socket: Socket;
  readonly #ended: Promise<void>;
  #bytes: Buffer = Buffer.alloc(0);
  #onBytes: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // Both ends close their own; a test may look at either.
    socket.allowHalfOpen = true;
    socket.on("data", (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#onBytes();
    });
    socket.on("error", () => undefined);
    this.#ended = new Promise((resolve) => socket.once("end", resolve).once("close", resolve));
  }

  /** Resolves when the answer's head is there. */
  static async open(
    socket: Socket,
    methodAndPath: string,
    { body, isUpgrade = true }: { readonly body?: unknown; readonly isUpgrade?: boolean } = {},
  ): Promise<Talk> {
    const talk = new Talk(socket);
    const text = body === undefined ? "" : JSON.stringify(body);
    const type = body === undefined ? "" : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n`;
    const upgrade = isUpgrade ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : "";
    socket.write(`${methodAndPath} HTTP/1.1\r\nHost: d\r\n${upgrade}${type}\r\n${text}`);
    await talk.until((bytes) => bytes.includes("\r\n\r\n"));
    return talk;
  }

  get head(): string {
    return this.#bytes.toString("latin1").split("\r\n\r\n", 1)[0] ?? "";
  }

  /** Everything behind the head, as it came. */
  get raw(): string {
    return this.#bytes.subarray(this.head.length + 4).toString("utf8");
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /** Closes our side, and only that. */
  end(): void {
    this.#socket.end();
  }

  /** Goes away for good. */
  leave(): void {
    this.#socket.destroy();
  }

  /** Takes no more until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  async until(isThere: (bytes: Buffer) => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        if (isThere(this.#bytes)) resolve();
      };
      this.#onBytes = check;
      void this.#ended.then(() => {
        check();
        reject(new Error(`the connection ended after ${JSON.stringify(this.#bytes.toString("utf8"))}`));
      });
      check();
    });
  }

  async says(words: string): Promise<void> {
    await this.until((bytes) => bytes.includes(words));
  }

  /** Resolves with everything behind the head, when the other side has closed. */
  async rest(): Promise<string> {
    await this.#ended;
    this.#socket.destroy();
    return this.raw;
  }

  /** The same as the text of each stream. */
  async streams(): Promise<Readonly<Record<string, string>>> {
    await this.rest();
    const texts: Record<string, string> = {};
    for await (const { stream, bytes } of decodeFrames(once(this.#bytes.subarray(this.head.length + 4)))) {
      texts[stream] = (texts[stream] ?? "") + Buffer.from(bytes).toString("utf8");
    }
    return texts;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
