import { isEngineError } from "#errors";
import type { LayerState, PullEvent, PullRequest } from "#images";
import { shortId } from "#oci";
import type { Platform } from "#oci";
import { decodeRegistryAuth } from "#wire";
import type { ProgressJson, RegistryAuth } from "#wire";
import { messageStream } from "../http/answer.ts";
import type { MessageStream } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { withProgress } from "./progress.ts";

export function pullImage(call: Call, platform: Platform | undefined): MessageStream {
  const { api, parameters, signal, version } = call;
  const request: PullRequest = {
    image: parameters.text("fromImage"),
    tag: parameters.text("tag"),
    credentials: credentialsOf(call),
    ...(platform !== undefined && { platform }),
  };
  return messageStream(pullMessages(api.engine.images.pull(request, { signal }), version));
}

/** Docker goes on without credentials when the header cannot be read. */
export function credentialsOf({ headers }: Call): RegistryAuth {
  const header = headers["x-registry-auth"];
  try {
    return decodeRegistryAuth(Array.isArray(header) ? header[0] : header);
  } catch (error) {
    if (isEngineError(error, "invalid-argument")) return {};
    throw error;
  }
}

async function* pullMessages(events: AsyncIterable<PullEvent>, version: string): AsyncGenerator<ProgressJson> {
  for await (const event of events) yield* pullMessage(event, version);
}

/** Also part of the stream of a build that fetches its base image. */
export function* pullMessage(event: PullEvent, version: string): Generator<ProgressJson> {
  switch (event.type) {
    case "pulling":
      yield { status: `Pulling from ${event.repository}`, id: event.id };
      return;
    case "layer":
      yield layerMessage(shortId(event.digest), event.state, version);
      return;
    case "digest":
      yield { status: `Digest: ${event.digest}` };
      return;
    case "platform-mismatch":
      yield {
        status: `WARNING: image with reference ${event.name} was found but its platform (${event.actual}) does not match the specified platform (${event.wanted})`,
      };
      return;
    case "pulled":
      yield { status: `Status: ${event.isNew ? "Downloaded newer image" : "Image is up to date"} for ${event.name}` };
      return;
    case "done":
      return;
    default:
      event satisfies never;
  }
}

const STATUS = {
  exists: "Already exists",
  waits: "Pulling fs layer",
  queued: "Waiting",
  verifying: "Verifying Checksum",
  downloaded: "Download complete",
  complete: "Pull complete",
} as const;

function layerMessage(id: string, state: LayerState, version: string): ProgressJson {
  if (state.step === "downloading") return withProgress({ status: "Downloading", id }, state, version);
  if (state.step === "storing") return withProgress({ status: "Extracting", id }, { current: state.size, total: state.size }, version);
  if (state.step === "retrying") {
    return { status: `Retrying in ${state.seconds} second${state.seconds === 1 ? "" : "s"}`, progressDetail: {}, id };
  }
  return { status: STATUS[state.step], progressDetail: {}, id };
}
