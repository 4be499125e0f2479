import type { ImportEvent, ImportRequest } from "#images";
import { parsePlatform } from "#oci";
import type { Platform } from "#oci";
import type { ProgressJson } from "#wire";
import { createFetchUrl, redactUrl } from "../fetch/fetch-url.ts";
import { isLinkLocalAddress } from "../fetch/public-address.ts";
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
  const download = url === undefined ? undefined : new Download(url, call);
  const events = api.engine.images.import(importRequest(call, download?.chunks() ?? call.body, platform), { signal });
  return messageStream(importMessages(events, { download, version }));
}

function readPlatform({ api, version, parameters }: Call): Platform | undefined {
  const specifier = parameters.text("platform");
  if (specifier === "" || !isSince(version, "1.32")) return undefined;
  const { os, architecture } = api.options.host;
  return parsePlatform(specifier, { os, architecture });
}

function importRequest({ parameters }: Call, archive: AsyncIterable<Uint8Array>, platform: Platform | undefined): ImportRequest {
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

/** A body that is fetched when its first chunk is wanted: after everything else about the import was found right. */
class Download {
  readonly url: string;
  /** Bytes, once the server has said. */
  size: number | undefined;
  readonly #call: Call;

  constructor(url: string, call: Call) {
    this.url = url;
    this.#call = call;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const { api, signal } = this.#call;
    const fetchUrl = api.options.fetchUrl ?? createFetchUrl({ allows: (address) => !isLinkLocalAddress(address) });
    const { size, body } = await fetchUrl(this.url, { signal });
    this.size = size;
    yield* body;
  }
}

interface ImportWriting {
  readonly download: Download | undefined;
  readonly version: string;
}

/** From a body only the ID is told; from a URL also how far it is. */
async function* importMessages(events: AsyncIterable<ImportEvent>, { download, version }: ImportWriting): AsyncGenerator<ProgressJson> {
  let reported: number | undefined;
  let received = 0;
  const importing = (current: number): ProgressJson => withProgress({ status: "Importing" }, { current, total: download?.size }, version);
  for await (const event of events) {
    if (event.type === "done") {
      if (download !== undefined && reported !== received) yield importing(received);
      yield { status: event.id };
    } else if (download !== undefined) {
      if (reported === undefined) yield { status: `Downloading from ${redactUrl(download.url)}` };
      received = event.current;
      if (reported === undefined || received - reported >= REPORT_EVERY || received === download.size) {
        yield importing(received);
        reported = received;
      }
    }
  }
}
