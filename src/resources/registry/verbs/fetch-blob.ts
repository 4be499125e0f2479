import type { Descriptor } from "#oci";
import type { Plan, RegistryClient } from "../client.ts";
import { failure } from "../failure.ts";
import type { Asking } from "../failure.ts";
import { pause } from "../retry.ts";
import { header } from "../transport/headers.ts";
import type { FetchBlobOptions, FetchedBlob } from "../types.ts";
import { BlobRequests } from "./blob-requests.ts";
import type { Opened } from "./blob-requests.ts";
import { Pace } from "./pace.ts";
import { Segment } from "./segment.ts";

/** As much has to come before earlier failures are forgotten: a registry that gives a byte per connection is not a working one. */
const ENOUGH_PROGRESS = 1024 * 1024;

/** Opens the blob, so that what is known before its first byte is an error of this call. */
export async function fetchBlob(client: RegistryClient, path: string, blob: Descriptor, options: FetchBlobOptions): Promise<FetchedBlob> {
  const transfer = new Transfer(client, path, blob, options);
  return transfer.begin(options.offset ?? 0);
}

class Transfer {
  readonly #client: RegistryClient;
  readonly #blob: Descriptor;
  readonly #plan: Plan;
  readonly #requests: BlobRequests;

  constructor(client: RegistryClient, path: string, blob: Descriptor, { signal, originOnly = false }: FetchBlobOptions) {
    this.#client = client;
    this.#requests = new BlobRequests(client, path, blob);
    this.#blob = blob;
    this.#plan = { operation: "fetch the blob", capability: "pull", patience: "transfer", signal, originOnly, digest: blob.digest };
  }

  get #segmentSize(): number {
    const { segment, parts } = this.#client.deps.ranges;
    return Math.min(segment, Math.ceil(this.#blob.size / parts));
  }

  async begin(offset: number): Promise<FetchedBlob> {
    const { size } = this.#blob;
    const end = size - offset < this.#client.deps.ranges.from ? size : offset + this.#segmentSize;
    const opened = await this.#openPatiently(offset, end);
    const { endpoint, response, start } = opened;
    const acceptsRanges = header(response.headers, "accept-ranges") !== "none";
    return {
      stream: this.#stream(opened, offset),
      size: this.#blob.size,
      host: endpoint.host,
      isMirror: endpoint.isMirror,
      resumable: acceptsRanges && start === offset && !this.#requests.areRangesBroken,
    };
  }

  /** A big blob comes a segment at a time: over one connection, then over as many as make it faster. */
  async *#stream(opened: Opened, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
    const { size } = this.#blob;
    if (opened.end === size) return yield* this.#steadily(opened, offset, size);
    const { fast, connections } = this.#client.deps.ranges;
    const pace = new Pace({ fast, most: connections });
    yield* pace.of(this.#steadily(opened, offset, opened.end));
    pace.look(this.#segmentSize);
    const at = yield* this.#ahead(opened.end, pace);
    if (at < size) yield* this.#steadily(await this.#openPatiently(at, size), at, size);
  }

  /** Goes on while several connections are better than one; returns where it stopped. */
  async *#ahead(from: number, pace: Pace): AsyncGenerator<Uint8Array, number, undefined> {
    const { room } = this.#client.deps.ranges;
    const length = this.#segmentSize;
    const segments: Segment[] = [];
    let at = from;
    let next = from;
    const fill = (): void => {
      const isRoom = (): boolean => segments.length === 0 || (room.free > 0 && segments.length < pace.connections + 2);
      while (
        pace.connections > 1 &&
        next < this.#blob.size &&
        isRoom() &&
        segments.filter(({ isOver }) => !isOver).length < pace.connections
      ) {
        const [start, end] = [next, Math.min(next + length, this.#blob.size)];
        room.free -= 1;
        segments.push(new Segment(end, (signal) => this.#segment(start, end, signal), fill));
        next = end;
      }
    };
    try {
      for (;;) {
        fill();
        const [segment] = segments;
        if (segment === undefined) return at;
        for await (const chunk of pace.of(segment.take())) {
          at += chunk.byteLength;
          yield chunk;
        }
        if (at < segment.end) {
          pace.trouble();
          if (this.#requests.areRangesBroken) return at;
          yield* this.#steadily(await this.#openPatiently(at, segment.end), at, segment.end);
          at = segment.end;
        } else {
          pace.look(length);
        }
        segments.shift();
        room.free += 1;
      }
    } finally {
      next = this.#blob.size;
      for (const segment of segments) segment.cancel();
      room.free += segments.length;
    }
  }

  /** Impatient, and exactly what is asked for or nothing. */
  async *#segment(start: number, end: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const plan = { ...this.#plan, signal: AbortSignal.any([signal, ...(this.#plan.signal === undefined ? [] : [this.#plan.signal])]) };
    const opened = await this.#client.once(plan, (endpoint) => this.#requests.open(endpoint, start, end, plan));
    if (opened.start === start && opened.end === end) return yield* this.#requests.wanted(opened, start);
    opened.response.discard();
    this.#requests.areRangesBroken = true;
  }

  /** From `from` to `end`, exactly, or an error: broken connections are taken up again where they broke. */
  async *#steadily(first: Opened, from: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    let opened = first;
    let sent = from;
    let attempt = 1;
    let progress = 0;
    const plan = this.#client.retryPlan(this.#plan);
    while (true) {
      let broken: unknown;
      const before = sent;
      try {
        for await (const chunk of this.#requests.wanted(opened, sent)) {
          const wanted = chunk.subarray(0, end - sent);
          sent += wanted.byteLength;
          yield wanted;
          // A body that is to end here is read to its end, so that its connection can be used again.
          if (sent === end && opened.end > end) return;
        }
        if (sent === end) return;
        broken = this.#shortRead(sent, opened.asking);
      } catch (error) {
        broken = error;
      }
      this.#client.giveUp(opened.endpoint);
      progress += sent - before;
      if (progress >= ENOUGH_PROGRESS) [attempt, progress] = [1, 0];
      for (let error = broken; error !== undefined;) {
        attempt += 1;
        await pause(error, attempt, plan);
        [opened, error] = await this.#reopen(sent, end, opened);
      }
    }
  }

  async #reopen(offset: number, end: number, before: Opened): Promise<readonly [Opened, unknown]> {
    try {
      return [await this.#client.once(this.#plan, (endpoint) => this.#requests.open(endpoint, offset, end, this.#plan)), undefined];
    } catch (error) {
      return [before, error];
    }
  }

  #openPatiently(offset: number, end: number): Promise<Opened> {
    return this.#client.run(this.#plan, (endpoint) => this.#requests.open(endpoint, offset, end, this.#plan));
  }

  #shortRead(sent: number, asking: Asking): Error {
    const words = `short read: expected ${this.#blob.size} bytes but got ${sent}: unexpected EOF`;
    return failure("internal", words, asking, { isTransient: true, isNetwork: true });
  }
}
