import type { CopiedBlob, CopyEvent, CopyRequest } from "#engine";
import { invalidArgument } from "#errors";
import { isJsonObject, parsePlatform, shortId } from "#oci";
import { decodeRegistryConfig, formatSize } from "#wire";
import type { ProgressJson } from "#wire";
import { messageStream } from "../http/answer.ts";
import type { MessageStream } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { readJsonBody } from "../http/json-body.ts";
import { withProgress } from "./progress.ts";

/** `POST /slipway/copy`: by query or form, or by a JSON document with members of the same names. */
export async function copyImage(call: Call): Promise<MessageStream> {
  const { api, headers, signal, version } = call;
  const header = headers["x-registry-config"];
  const credentials = decodeRegistryConfig(Array.isArray(header) ? header[0] : header);
  const request: CopyRequest = { ...toRequest(call, await readWishes(call)), credentials };
  return messageStream(copyMessages(api.engine.registries.copy(request, { signal }), version));
}

interface Wishes {
  readonly from: string;
  readonly to: string;
  readonly platform: string;
  readonly allTags: boolean;
  readonly referrers: boolean;
}

async function readWishes(call: Call): Promise<Wishes> {
  const { parameters, headers } = call;
  const asked: Wishes = {
    from: parameters.text("from"),
    to: parameters.text("to"),
    platform: parameters.text("platform"),
    allTags: parameters.flag("allTags"),
    referrers: parameters.flag("referrers", true),
  };
  const isJson = /^\s*application\/json\b/i.test(headers["content-type"] ?? "");
  return isJson ? { ...asked, ...membersOf(await readJsonBody(call), asked) } : asked;
}

/** The members of a body, which have the types of what they stand for. */
function membersOf(body: unknown, like: Wishes): Partial<Wishes> {
  if (!isJsonObject(body)) throw invalidArgument("invalid JSON: expected an object");
  const types = new Map(Object.entries(like).map(([name, value]) => [name, typeof value]));
  for (const [name, value] of Object.entries(body)) {
    const type = types.get(name);
    if (type === undefined)
      throw invalidArgument(`invalid JSON: unknown member ${JSON.stringify(name)}, expected ${[...types.keys()].join(", ")}`);
    if (typeof value !== type) throw invalidArgument(`invalid JSON: ${name} is a ${typeof value}, expected a ${type}`);
  }
  return body;
}

function toRequest({ api }: Call, { from, to, platform, allTags, referrers }: Wishes): CopyRequest {
  if (from === "" || to === "") throw invalidArgument(`cannot copy: "${from === "" ? "from" : "to"}" is missing, expected a name`);
  const { os, architecture } = api.options.host;
  return { from, to, allTags, referrers, ...(platform !== "" && { platform: parsePlatform(platform, { os, architecture }) }) };
}

async function* copyMessages(events: AsyncIterable<CopyEvent>, version: string): AsyncGenerator<ProgressJson> {
  for await (const event of events) {
    switch (event.type) {
      case "copying":
        yield { status: `Copying ${event.from} to ${event.to}` };
        break;
      case "blob":
        yield blobMessage(shortId(event.digest), event.state, version);
        break;
      case "manifest": {
        const what = event.subject === undefined ? "manifest" : `referrer of ${shortId(event.subject)}`;
        yield { status: event.isNew ? `Copied ${what}` : `Exists already: ${what}`, id: shortId(event.digest) };
        break;
      }
      case "missing-referrer":
        yield { status: `WARNING: referrer ${event.digest} of ${event.subject} is listed by the source but not there` };
        break;
      case "copied":
        yield { status: `${event.name}: digest: ${event.digest} size: ${event.size}` };
        yield { progressDetail: {}, aux: { Name: event.name, Digest: event.digest, Size: event.size } };
        break;
      case "done":
        yield { status: `Transferred ${formatSize(event.transferred)}`, aux: { Transferred: event.transferred } };
        break;
      default:
        event satisfies never;
    }
  }
}

const STATUS = { waits: "Preparing", exists: "Layer already exists", copied: "Copied", foreign: "Skipped foreign layer" } as const;

function blobMessage(id: string, state: CopiedBlob, version: string): ProgressJson {
  switch (state.step) {
    case "copying":
      return withProgress({ status: "Copying", id }, state, version);
    case "mounted":
      return { status: `Mounted from ${state.from}`, progressDetail: {}, id };
    case "retrying":
      return { status: `Retrying in ${state.seconds} second${state.seconds === 1 ? "" : "s"} (${state.side})`, progressDetail: {}, id };
    default:
      return { status: STATUS[state.step], progressDetail: {}, id };
  }
}
