import type { Descriptor } from "#oci";
import { refusal } from "../client.ts";
import type { Plan, RegistryClient, Reply } from "../client.ts";
import { failure } from "../failure.ts";
import type { Asking } from "../failure.ts";
import type { Endpoint } from "../hosts/endpoint.ts";
import { pause } from "../retry.ts";
import type { HttpResponse } from "../transport/exchange.ts";
import { contentLength, header } from "../transport/headers.ts";
import type { FetchBlobOptions, FetchedBlob } from "../types.ts";
import { pullScope } from "./manifests.ts";

interface Opened extends Reply {
  readonly endpoint: Endpoint;
  /** Where the body begins; before the wanted place when the registry cannot begin there. */
  readonly start: number;
}

/** As much has to come before earlier failures are forgotten: a registry that gives a byte per connection is not a working one. */
const ENOUGH_PROGRESS = 1024 * 1024;

/** Opens the blob, so that what is known before its first byte is an error of this call. */
export async function fetchBlob(client: RegistryClient, path: string, blob: Descriptor, options: FetchBlobOptions): Promise<FetchedBlob> {
  const transfer = new Transfer(client, path, blob, options);
  return transfer.begin(options.offset ?? 0);
}

class Transfer {
  readonly #client: RegistryClient;
  readonly #path: string;
  readonly #blob: Descriptor;
  readonly #plan: Plan;
  /** The registry has said that it does ranges and then done something else. */
  #areRangesBroken = false;

  constructor(client: RegistryClient, path: string, blob: Descriptor, { signal, originOnly = false }: FetchBlobOptions) {
    this.#client = client;
    this.#path = path;
    this.#blob = blob;
    this.#plan = { operation: "fetch the blob", capability: "pull", patience: "transfer", signal, originOnly, digest: blob.digest };
  }

  async begin(offset: number): Promise<FetchedBlob> {
    const opened = await this.#client.run(this.#plan, (endpoint) => this.#open(endpoint, offset));
    const { endpoint, response, start } = opened;
    const acceptsRanges = header(response.headers, "accept-ranges") !== "none";
    return {
      stream: this.#stream(opened, offset),
      size: this.#blob.size,
      host: endpoint.host,
      isMirror: endpoint.isMirror,
      resumable: acceptsRanges && start === offset && !this.#areRangesBroken,
    };
  }

  async *#stream(first: Opened, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
    let opened = first;
    let sent = offset;
    let attempt = 1;
    let progress = 0;
    const plan = this.#client.retryPlan(this.#plan);
    while (true) {
      let broken: unknown;
      const before = sent;
      try {
        for await (const chunk of this.#wanted(opened, sent)) {
          sent += chunk.byteLength;
          yield chunk;
        }
        if (sent === this.#blob.size) return;
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
        [opened, error] = await this.#reopen(sent, opened);
      }
    }
  }

  async #reopen(offset: number, before: Opened): Promise<readonly [Opened, unknown]> {
    try {
      return [await this.#client.once(this.#plan, (endpoint) => this.#open(endpoint, offset)), undefined];
    } catch (error) {
      return [before, error];
    }
  }

  /** What of the body is wanted, and an error if there is more of it than there may be. */
  async *#wanted({ response, start, asking }: Opened, from: number): AsyncGenerator<Uint8Array, void, undefined> {
    let at = start;
    for await (const chunk of response.body) {
      const skip = Math.max(0, from - at);
      at += chunk.byteLength;
      if (at > this.#blob.size) throw this.#tooLong(asking);
      if (skip < chunk.byteLength) yield skip === 0 ? chunk : chunk.subarray(skip);
    }
  }

  async #open(endpoint: Endpoint, offset: number): Promise<Opened> {
    const { signal } = this.#plan;
    const isPartial = offset > 0 && offset < this.#blob.size && !this.#areRangesBroken;
    // The digest is over the bytes as they travel: nobody on the way may pack them.
    const headers = { accept: "*/*", "accept-encoding": "identity", ...(isPartial && { range: `bytes=${offset}-` }) };
    const path = `/${this.#path}/blobs/${this.#blob.digest}`;
    const call = { operation: this.#plan.operation, method: "GET", path, scopes: [pullScope(this.#path)], headers, signal } as const;
    const reply = await this.#client.ask(endpoint, call);
    const { status } = reply.response;
    if (status === 200) return this.#checked({ ...reply, endpoint, start: 0 });
    if (status === 206 && isPartial && this.#isRange(reply.response, offset)) return this.#checked({ ...reply, endpoint, start: offset });
    if (isPartial && (status === 206 || status === 416)) {
      reply.response.discard();
      this.#areRangesBroken = true;
      return this.#open(endpoint, offset);
    }
    if (status === 206) {
      reply.response.discard();
      throw failure(
        "internal",
        `cannot ${this.#plan.operation}: ${endpoint.host} answered with a part that was not asked for`,
        reply.asking,
      );
    }
    throw await refusal(reply);
  }

  #isRange({ headers }: HttpResponse, offset: number): boolean {
    const [, start, end, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header(headers, "content-range")?.trim() ?? "") ?? [];
    if (Number(start) !== offset || Number(end) + 1 !== this.#blob.size) return false;
    return total === "*" || Number(total) === this.#blob.size;
  }

  /** A length that cannot be right is known before its bytes. */
  #checked(opened: Opened): Opened {
    const { response, start, asking } = opened;
    const announced = contentLength(response.headers);
    if (announced === undefined || announced === this.#blob.size - start) return opened;
    response.discard();
    const { digest, size } = this.#blob;
    const words = `cannot ${this.#plan.operation}: ${asking.host} announces ${start + announced} bytes for ${digest}, expected ${size}`;
    throw failure("internal", words, asking);
  }

  #shortRead(sent: number, asking: Asking): Error {
    const words = `short read: expected ${this.#blob.size} bytes but got ${sent}: unexpected EOF`;
    return failure("internal", words, asking, { isTransient: true, isNetwork: true });
  }

  #tooLong(asking: Asking): Error {
    return failure(
      "internal",
      `cannot ${this.#plan.operation}: ${asking.host} sends more than the ${this.#blob.size} bytes of ${this.#blob.digest}`,
      asking,
    );
  }
}
