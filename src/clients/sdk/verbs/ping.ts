import { answeredFailure } from "../failures.ts";
import { readText } from "../session.ts";
import type { Cancellable } from "../session.ts";
import type { HttpResponse, Transport } from "../transport.ts";

/** What an engine says of itself in the headers of its shortest answer. */
export interface Ping {
  /** The highest that it speaks; `undefined` from engines of 1.24. */
  readonly apiVersion: string | undefined;
  readonly osType: string | undefined;
  readonly experimental: boolean;
  /** `2`: builds are best made through BuildKit's gRPC. */
  readonly builderVersion: string | undefined;
  readonly swarm: string | undefined;
}

const MAX_SIZE = 64 * 1024;

/** Without a version, so that an engine of any version answers; GET for engines that know no HEAD here. */
export async function ping(transport: Transport, { signal }: Cancellable = {}): Promise<Ping> {
  const options = signal === undefined ? {} : { signal };
  const head = await transport.send({ method: "HEAD", target: "/_ping" }, options);
  await readText(head, MAX_SIZE);
  if (head.status === 200) return toPing(head);
  const answer = await transport.send({ method: "GET", target: "/_ping" }, options);
  const text = await readText(answer, MAX_SIZE);
  if (answer.status !== 200) throw answeredFailure(answer.status, `cannot ping the engine at ${transport.address}: ${text.trim()}`);
  return toPing(answer);
}

function toPing({ headers }: HttpResponse): Ping {
  return {
    apiVersion: headers.get("api-version"),
    osType: headers.get("ostype"),
    experimental: headers.get("docker-experimental") === "true",
    builderVersion: headers.get("builder-version"),
    swarm: headers.get("swarm"),
  };
}
