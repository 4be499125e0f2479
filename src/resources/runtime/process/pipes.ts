import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import type { ProcessInput } from "../running-container.ts";

/**
 * A pipe that a process writes to and we read from. Node's own pipes are sockets, which `echo >/dev/stdout` cannot
 * open; these are named, and the name may go once both ends are open.
 */
export class OutputPipe implements Disposable {
  readonly #reader: Socket;
  #writer: number | undefined;
  #failure: Error | undefined;

  constructor(path: string) {
    // Without waiting for the other end, which is opened next.
    this.#reader = new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
    this.#reader.on("error", (error) => (this.#failure = error));
    this.#writer = openSync(path, constants.O_WRONLY);
  }

  /** For the child to inherit. */
  get writer(): number {
    return this.#writer ?? -1;
  }

  /** Once the child has it: only then does the output end when the child's does. */
  closeWriter(): void {
    if (this.#writer !== undefined) closeSync(this.#writer);
    this.#writer = undefined;
  }

  /** Calls back whenever there may be something to take, or it is over. */
  notify(news: () => void): void {
    for (const event of ["readable", "end", "close"]) this.#reader.on(event, news);
  }

  /** What has come; null for nothing. What is not taken fills the pipe, and then the process waits. */
  take(): Uint8Array | null {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#reader.read() as Buffer | null;
  }

  get isEmpty(): boolean {
    return this.#reader.readableLength === 0;
  }

  get isOver(): boolean {
    return this.#reader.readableEnded || this.#reader.closed;
  }

  /** Whatever else comes. */
  discard(): void {
    this.#reader.removeAllListeners("readable").resume();
  }

  [Symbol.dispose](): void {
    this.closeWriter();
    this.#reader.destroy();
  }
}

/** A pipe that we write to and a process reads from. */
export class InputPipe implements ProcessInput, Disposable {
  readonly #writer: Socket;
  #reader: number | undefined;

  constructor(path: string) {
    // Whoever opens both ends waits for nobody; the child's end must not be one that never blocks.
    const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.#reader = openSync(path, constants.O_RDONLY);
    this.#writer = new Socket({ fd: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK), readable: false, writable: true });
    closeSync(both);
    // Nobody reads any more: `write` says so to nobody, as in Docker.
    this.#writer.on("error", () => this.#writer.destroy());
  }

  /** For the child to inherit. */
  get reader(): number {
    return this.#reader ?? -1;
  }

  closeReader(): void {
    if (this.#reader !== undefined) closeSync(this.#reader);
    this.#reader = undefined;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#writer.writable) await new Promise<void>((resolve) => this.#writer.write(bytes, () => resolve()));
  }

  end(): void {
    this.#writer.end();
  }

  [Symbol.dispose](): void {
    this.closeReader();
    this.#writer.destroy();
  }
}
