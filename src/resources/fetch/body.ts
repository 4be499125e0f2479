import type { IncomingMessage } from "node:http";
import { internal, invalidArgument } from "#errors";
import { algorithmOf, createDigester } from "#oci";
import type { Digest } from "#oci";
import { redactUrl } from "#sources";
import { networkError } from "./network-error.ts";
import type { Limits } from "./network-error.ts";

export interface BodyRules extends Limits {
  readonly url: URL;
  /** Bytes. */
  readonly maxSize: number;
  readonly checksum: Digest | undefined;
}

/** @throws invalid-argument beyond the size; internal, in BuildKit's words, when the bytes are not what the checksum promised. */
export async function* readBody(response: IncomingMessage, rules: BodyRules): AsyncGenerator<Uint8Array> {
  const { url, maxSize, checksum } = rules;
  const digester = checksum === undefined ? undefined : createDigester(algorithmOf(checksum));
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.byteLength;
      if (size > maxSize) throw invalidArgument(`cannot fetch "${redactUrl(url.href)}": it is larger than ${maxSize} bytes`);
      digester?.update(chunk);
      yield chunk;
    }
  } catch (error) {
    throw networkError(error, url, rules);
  }
  const digest = digester?.digest();
  if (digest !== checksum) throw internal(`digest mismatch ${digest}: ${checksum}`);
}
