import { request } from "node:http";

/** One request, sent as written: no path is cleaned, nothing is added to it. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The connection ended before the answer did. */
  readonly cut: boolean;
}

/** Rejects only when no answer began. */
export function send(socketPath: string, call: Call, options: { signal?: AbortSignal } = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { method, path, headers, body } = call;
  const length = body === undefined ? {} : { "content-length": String(body.length) };
  const outgoing = request({ socketPath, method, path, agent: false, headers: { host: "docker", ...length, ...headers }, ...options });
  outgoing.on("error", reject);
  outgoing.on("response", (incoming) => {
    const parts: Buffer[] = [];
    const finish = (cut: boolean): void => {
      const given = Object.entries(incoming.headers).map(([key, value]): [string, string] => [key, String(value)]);
      resolve({ status: incoming.statusCode ?? 0, headers: Object.fromEntries(given), body: Buffer.concat(parts), cut });
    };
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => finish(false));
    incoming.on("error", () => finish(true));
  });
  outgoing.end(body);
  return promise;
}

/** The objects of a stream of JSON lines; a line that is not JSON stays text. */
export function jsonLines(body: Buffer): unknown[] {
  const lines = body
    .toString()
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines.map((line): unknown => {
    try {
      return JSON.parse(line);
    } catch {
      return line;
    }
  });
}

export async function isReachable(socketPath: string): Promise<boolean> {
  const answer = await send(socketPath, { method: "GET", path: "/_ping" }).catch(() => undefined);
  return answer?.status === 200;
}
