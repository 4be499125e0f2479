import { openEngine } from "#engine";
import { escaped, serveApi } from "../api/serve-api.ts";
import type { Reply, RequestOptions, ServedApi } from "../api/serve-api.ts";
import { tarOfFiles } from "./context-files.ts";
import type { Files } from "./context-files.ts";

/** One message of a build's stream. */
export interface BuildMessage {
  readonly stream?: string;
  readonly aux?: { readonly ID: string };
  readonly error?: string;
  readonly errorDetail?: { readonly code?: number; readonly message: string };
}

export interface BuildReply extends Reply {
  readonly messages: readonly BuildMessage[];
  /** What it said in words, from end to end. */
  readonly said: string;
}

/** A real engine behind the API, to be sent builds. */
export interface ServedBuilds extends ServedApi {
  /** @param query readable, without `?`. @param context files, or the body as it is. */
  build(query: string, context: Files | Uint8Array, options?: BuildOptions): Promise<BuildReply>;
}

export interface BuildOptions extends Pick<RequestOptions, "headers"> {
  readonly version?: string;
}

export async function serveBuilds(): Promise<ServedBuilds> {
  const engine = await openEngine({ memory: true });
  const api = await serveApi(engine);
  return {
    ...api,
    async build(query, context, { version = "1.51", headers } = {}) {
      const body = context instanceof Uint8Array ? context : await tarOfFiles(context);
      const reply = await api.ask(escaped(`POST /v${version}/build?${query}`), { body, ...(headers !== undefined && { headers }) });
      const messages = messagesOf(reply);
      return { ...reply, messages, said: messages.map(({ stream = "" }) => stream).join("") };
    },
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await engine.close();
    },
  };
}

/** @throws when anything but one object a line, each ended by CRLF, is there. */
function messagesOf({ status, text }: Reply): BuildMessage[] {
  if (status !== 200) return [];
  const lines = text.split("\r\n");
  if (lines.pop() !== "") throw new Error(`the stream ends without the end of a line: ${text}`);
  return lines.map((line) => JSON.parse(line) as BuildMessage);
}
