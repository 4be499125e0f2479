import type { Descriptor } from "#oci";
import { refusal } from "../client.ts";
import type { Plan, RegistryClient, Reply } from "../client.ts";
import { failure } from "../failure.ts";
import type { Asking } from "../failure.ts";
import type { Endpoint } from "../hosts/endpoint.ts";
import type { HttpResponse } from "../transport/exchange.ts";
import { contentLength, header } from "../transport/headers.ts";
import { pullScope } from "./manifests.ts";

export interface Opened extends Reply {
  readonly endpoint: Endpoint;
  /** Where the body begins; before the wanted place when the registry cannot begin there. */
  readonly start: number;
  /** Where it ends: behind the wanted end when the registry cannot end there. */
  readonly end: number;
}

/** Requests for a blob and parts of it, and what of their answers can be right. */
export class BlobRequests {
  /** The registry has said that it does ranges and then done something else. */
  areRangesBroken = false;
  readonly #client: RegistryClient;
  readonly #path: string;
  readonly #blob: Descriptor;

  constructor(client: RegistryClient, path: string, blob: Descriptor) {
    this.#client = client;
    this.#path = path;
    this.#blob = blob;
  }

  /** What of the body is wanted, and an error if there is more of it than there may be. */
  async *wanted({ response, start, end, asking }: Opened, from: number): AsyncGenerator<Uint8Array, void, undefined> {
    let at = start;
    for await (const chunk of response.body) {
      const skip = Math.max(0, from - at);
      at += chunk.byteLength;
      if (at > end) throw this.#tooLong(asking, end - start);
      if (skip < chunk.byteLength) yield skip === 0 ? chunk : chunk.subarray(skip);
    }
  }

  /** From `offset` to `end`, or all of it from a registry without ranges; an error for every other answer. */
  async open(endpoint: Endpoint, offset: number, end: number, { operation, signal }: Pick<Plan, "operation" | "signal">): Promise<Opened> {
    const { size } = this.#blob;
    const isPartial = (offset > 0 || end < size) && offset < size && !this.areRangesBroken;
    const range = `bytes=${offset}-${end < size ? end - 1 : ""}`;
    // The digest is over the bytes as they travel: nobody on the way may pack them.
    const headers = { accept: "*/*", "accept-encoding": "identity", ...(isPartial && { range }) };
    const path = `/${this.#path}/blobs/${this.#blob.digest}`;
    const call = { operation, method: "GET", path, scopes: [pullScope(this.#path)], headers, signal } as const;
    const reply = await this.#client.ask(endpoint, call);
    const { status } = reply.response;
    if (status === 200) return this.#checked({ ...reply, endpoint, start: 0, end: size });
    if (status === 206 && isPartial && this.#isRange(reply.response, offset, end)) {
      return this.#checked({ ...reply, endpoint, start: offset, end });
    }
    if (isPartial && (status === 206 || status === 416)) {
      reply.response.discard();
      this.areRangesBroken = true;
      return this.open(endpoint, offset, end, { operation, signal });
    }
    if (status === 206) {
      reply.response.discard();
      throw failure("internal", `cannot ${operation}: ${endpoint.host} answered with a part that was not asked for`, reply.asking);
    }
    throw await refusal(reply);
  }

  #isRange({ headers }: HttpResponse, from: number, to: number): boolean {
    const [, start, end, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header(headers, "content-range")?.trim() ?? "") ?? [];
    if (Number(start) !== from || Number(end) + 1 !== to) return false;
    return total === "*" || Number(total) === this.#blob.size;
  }

  /** A length that cannot be right is known before its bytes. */
  #checked(opened: Opened): Opened {
    const { response, start, end, asking } = opened;
    const announced = contentLength(response.headers);
    if (announced === undefined || announced === end - start) return opened;
    response.discard();
    const { digest } = this.#blob;
    const words = `cannot ${asking.operation}: ${asking.host} announces ${start + announced} bytes for ${digest}, expected ${end}`;
    throw failure("internal", words, asking);
  }

  #tooLong(asking: Asking, asked: number): Error {
    const { digest, size } = this.#blob;
    const what = asked === size ? `the ${size} bytes of ${digest}` : `the ${asked} bytes that it was asked for`;
    return failure("internal", `cannot ${asking.operation}: ${asking.host} sends more than ${what}`, asking);
  }
}
