import type { PushEvent, PushRequest, UploadState } from "#images";
import { shortId } from "#oci";
import type { ProgressJson } from "#wire";
import { encodeDescriptor } from "../encode/manifest-summary.ts";
import { messageStream } from "../http/answer.ts";
import type { MessageStream } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { isSince } from "../http/is-since.ts";
import { withProgress } from "./progress.ts";
import { credentialsOf } from "./pull-image.ts";

export function pushImage(call: Call): MessageStream {
  const { api, name, parameters, signal, version } = call;
  const platform = isSince(version, "1.46") ? parameters.platform("platform") : undefined;
  const request: PushRequest = {
    name,
    tag: parameters.text("tag"),
    credentials: credentialsOf(call),
    ...(platform !== undefined && { platform }),
  };
  return messageStream(pushMessages(api.engine.images.push(request, { signal }), version));
}

async function* pushMessages(events: AsyncIterable<PushEvent>, version: string): AsyncGenerator<ProgressJson> {
  for await (const event of events) {
    switch (event.type) {
      case "pushing":
        yield { status: `The push refers to repository [${event.repository}]` };
        break;
      case "layer":
        yield layerMessage(shortId(event.diffId), event.state, version);
        break;
      case "tag":
        yield { status: `${event.tag}: digest: ${event.digest} size: ${event.size}` };
        yield { progressDetail: {}, aux: { Tag: event.tag, Digest: event.digest, Size: event.size } };
        break;
      case "part": {
        const [originalIndex, selectedManifest] = [encodeDescriptor(event.index), encodeDescriptor(event.manifest)];
        yield { progressDetail: {}, aux: { manifestPushedInsteadOfIndex: true, originalIndex, selectedManifest } };
        break;
      }
      case "lacking":
        yield { progressDetail: {}, aux: { contentMissing: true, desc: encodeDescriptor(event.target) } };
        break;
      case "done":
        break;
      default:
        event satisfies never;
    }
  }
}

function layerMessage(id: string, state: UploadState, version: string): ProgressJson {
  switch (state.step) {
    case "pushing":
      return withProgress({ status: "Pushing", id }, state, version);
    case "mounted":
      return { status: `Mounted from ${state.from}`, progressDetail: {}, id };
    case "retrying":
      return { status: `Retrying in ${state.seconds} second${state.seconds === 1 ? "" : "s"}`, progressDetail: {}, id };
    case "preparing":
      return { status: "Preparing", progressDetail: {}, id };
    case "exists":
      return { status: "Layer already exists", progressDetail: {}, id };
    case "skipped":
      return { status: "Skipped foreign layer", progressDetail: {}, id };
    case "pushed":
      return { status: "Pushed", progressDetail: {}, id };
  }
}
