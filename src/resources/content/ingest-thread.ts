import { Worker } from "node:worker_threads";
import { EngineError, internal } from "#errors";
import type { Failure, FromWorker, ToWorker } from "./ingest-messages.ts";
import type { ReceiveOptions, ReceivedBlob } from "./received-blob.ts";

const BUFFER_SIZE = 1024 * 1024;
/** Per blob: enough to keep network and worker busy at once, few enough that memory stays flat. */
const BUFFERS = 4;

/** The worker thread in which blobs are received. Started by the first blob, restarted after a crash. */
export class IngestThread implements AsyncDisposable {
  #worker: Worker | undefined;
  #nextId = 1;
  readonly #transfers = new Map<number, Transfer>();

  begin(path: string | undefined, options: ReceiveOptions): Transfer {
    const id = this.#nextId++;
    const worker = this.#start();
    const transfer = new Transfer(id, (message, moved) => worker.postMessage(message, moved ?? []));
    this.#transfers.set(id, transfer);
    void transfer.closed.then(() => {
      this.#transfers.delete(id);
      // An idle worker must not keep a program alive.
      if (this.#transfers.size === 0) worker.unref();
    });
    worker.ref();
    worker.postMessage({ type: "begin", id, path, options } satisfies ToWorker);
    return transfer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL(import.meta.resolve("#ingest-worker")), { name: "slipway-ingest" });
    worker.on("message", (message: FromWorker) => this.#transfers.get(message.id)?.receive(message));
    worker.on("error", (error) => this.#fail(worker, error));
    worker.on("exit", () => this.#fail(worker, undefined));
    this.#worker = worker;
    return worker;
  }

  #fail(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const error = internal("the thread that receives blobs ended unexpectedly", { cause });
    for (const transfer of this.#transfers.values()) transfer.fail(error);
  }
}

/** One blob's way to the worker: copies chunks into large buffers that travel there and come back. */
export class Transfer implements AsyncDisposable {
  readonly #id: number;
  readonly #post: (message: ToWorker, moved?: ArrayBuffer[]) => void;
  readonly #free: ArrayBuffer[] = [];
  readonly #closed = Promise.withResolvers<void>();
  readonly #resumed = Promise.withResolvers<number>();
  readonly #result = Promise.withResolvers<ReceivedBlob>();
  #created = 0;
  #isClosed = false;
  #filling: { buffer: ArrayBuffer; bytes: Uint8Array; length: number } | undefined;
  #wake: (() => void) | undefined;
  #error: Error | undefined;

  constructor(id: number, post: (message: ToWorker, moved?: ArrayBuffer[]) => void) {
    this.#id = id;
    this.#post = post;
    this.#resumed.promise.catch(() => undefined);
    this.#result.promise.catch(() => undefined);
  }

  /** Of a file that is resumed: how much of it the pass has gone over, which is where writing goes on. */
  get offset(): Promise<number> {
    return this.#resumed.promise;
  }

  /** Resolves when nothing of this blob is under way any more. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  async write(chunk: Uint8Array): Promise<void> {
    let offset = 0;
    while (offset < chunk.byteLength) {
      if (this.#error !== undefined) throw this.#error;
      const filling = (this.#filling ??= this.#take());
      if (filling === undefined) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      const part = chunk.subarray(offset, offset + BUFFER_SIZE - filling.length);
      filling.bytes.set(part, filling.length);
      filling.length += part.byteLength;
      offset += part.byteLength;
      if (filling.length === BUFFER_SIZE) this.#send();
    }
  }

  finish(): Promise<ReceivedBlob> {
    this.#send();
    this.#post({ type: "finish", id: this.#id });
    return this.#result.promise;
  }

  /** Without effect once it is finished. */
  async abort(): Promise<void> {
    if (this.#isClosed) return;
    // What arrived is worth keeping where it can be resumed.
    this.#send();
    this.#post({ type: "abort", id: this.#id });
    await this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.abort();
  }

  receive(message: FromWorker): void {
    switch (message.type) {
      case "resumed":
        this.#resumed.resolve(message.offset);
        break;
      case "consumed":
        this.#free.push(message.buffer);
        this.#wake?.();
        break;
      case "finished":
        this.#result.resolve(message.blob);
        this.#close();
        break;
      case "aborted":
        this.#close();
        break;
      case "failed":
        this.#reject(fromFailure(message.failure));
        break;
      default:
        message satisfies never;
    }
  }

  /** The worker is gone: nothing will be answered any more. */
  fail(error: EngineError): void {
    this.#reject(error);
    this.#close();
  }

  #close(): void {
    this.#isClosed = true;
    this.#closed.resolve();
  }

  #reject(error: Error): void {
    this.#error ??= error;
    this.#resumed.reject(this.#error);
    this.#result.reject(this.#error);
    this.#wake?.();
  }

  #take(): { buffer: ArrayBuffer; bytes: Uint8Array; length: number } | undefined {
    let buffer = this.#free.pop();
    if (buffer === undefined && this.#created < BUFFERS) {
      this.#created += 1;
      buffer = new ArrayBuffer(BUFFER_SIZE);
    }
    return buffer && { buffer, bytes: new Uint8Array(buffer), length: 0 };
  }

  #send(): void {
    if (this.#filling === undefined) return;
    const { buffer, length } = this.#filling;
    this.#filling = undefined;
    this.#post({ type: "chunk", id: this.#id, buffer, length }, [buffer]);
  }
}

function fromFailure({ kind, message, stack }: Failure): Error {
  if (kind !== undefined) return new EngineError(kind, message);
  return Object.assign(new Error(message), stack === undefined ? {} : { stack });
}
