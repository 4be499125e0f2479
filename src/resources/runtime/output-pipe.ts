import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";

/**
 * A pipe that a process writes to and we read from. Node's own pipes are sockets, which `echo >/dev/stdout` cannot
 * open; these are named, and the name may go once both ends are open.
 */
export class OutputPipe implements Disposable {
  readonly #reader: Socket;
  #writer: number | undefined;

  constructor(path: string) {
    // Without waiting for the other end, which is opened next.
    this.#reader = new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
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

  /** As it comes; what is not taken fills the pipe, and then the process waits. */
  read(): AsyncIterable<Uint8Array> {
    return this.#reader as AsyncIterable<Uint8Array>;
  }

  [Symbol.dispose](): void {
    this.closeWriter();
    this.#reader.destroy();
  }
}
