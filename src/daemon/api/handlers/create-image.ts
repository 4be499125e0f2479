import type { ImportEvent, ImportRequest } from "#images";
import { parsePlatform } from "#oci";
import type { Platform } from "#oci";
import { redactUrl } from "#sources";
import type { ProgressJson } from "#wire";
import { messageStream } from "../http/answer.ts";
import type { MessageStream } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { isSince } from "../http/is-since.ts";
import { withProgress } from "./progress.ts";
import { pullImage } from "./pull-image.ts";

/** Docker reports a transfer at most this often, in bytes. */
const REPORT_EVERY = 512 * 1024;

/** Pull with `fromImage`, else import. */
export function createImage(call: Call): MessageStream {
  const { api, parameters, signal, version } = call;
  const platform = readPlatform(call);
  if (parameters.text("fromImage") !== "") return pullImage(call, platform);
  const source = parameters.text("fromSrc");
  const url = source === "-" ? undefined : toUrl(source);
  const archive = url === undefined ? call.body : { url };
  const events = api.engine.images.import(importRequest(call, archive, platform), { signal });
  return messageStream(importMessages(events, { url, version }));
}

function readPlatform({ api, version, parameters }: Call): Platform | undefined {
  const specifier = parameters.text("platform");
  if (specifier === "" || !isSince(version, "1.32")) return undefined;
  const { os, architecture } = api.options.host;
  return parsePlatform(specifier, { os, architecture });
}

function importRequest({ parameters }: Call, archive: ImportRequest["archive"], platform: Platform | undefined): ImportRequest {
  const repository = parameters.text("repo");
  const tag = parameters.text("tag");
  const message = parameters.text("message");
  return {
    archive,
    message: message === "" ? `Imported from ${redactUrl(parameters.text("fromSrc"))}` : message,
    changes: parameters.list("changes"),
    ...(repository !== "" && { repository }),
    ...(tag !== "" && { tag }),
    ...(platform !== undefined && { platform }),
  };
}

function toUrl(source: string): string {
  return source.includes("://") ? source : `http://${source}`;
}

interface ImportWriting {
  /** Where the archive comes from, unless it is the request's body. */
  readonly url: string | undefined;
  readonly version: string;
}

/** From a body only the ID is told; from a URL also how far it is. */
async function* importMessages(events: AsyncIterable<ImportEvent>, { url, version }: ImportWriting): AsyncGenerator<ProgressJson> {
  let reported: number | undefined;
  let last = { current: 0, total: undefined as number | undefined };
  const importing = (): ProgressJson => withProgress({ status: "Importing" }, last, version);
  for await (const event of events) {
    if (event.type === "done") {
      if (url !== undefined && reported !== last.current) yield importing();
      yield { status: event.id };
    } else if (url !== undefined) {
      last = event;
      if (reported === undefined) yield { status: `Downloading from ${redactUrl(url)}` };
      if (reported === undefined || event.current - reported >= REPORT_EVERY || event.current === event.total) {
        yield importing();
        reported = event.current;
      }
    }
  }
}
