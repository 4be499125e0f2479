import type { BuildEvent, BuildRequest } from "#engine";
import { isEngineError } from "#errors";
import { decodeRegistryConfig } from "#wire";
import type { ProgressJson } from "#wire";
import { messageStream } from "../http/answer.ts";
import type { MessageStream } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { encodeBuildEvent } from "../encode/build-stream.ts";
import type { BuildStreamOptions } from "../encode/build-stream.ts";
import { HeldMessages } from "../encode/held-messages.ts";
import { readBuildRequest } from "./build-request.ts";

/** `POST /build`, whose stream is the classic builder's. */
export function buildImage(call: Call): MessageStream {
  const { api, body, parameters, signal } = call;
  const request: BuildRequest = { context: body, ...readBuildRequest(call), credentials: registryConfig(call) };
  const events = api.engine.builds.build(request, { signal });
  const options = streamOptions(call);
  return messageStream(parameters.flag("q") ? quietly(events, options) : aloud(events, options));
}

/** Docker goes on without credentials when the header cannot be read. */
function registryConfig({ headers }: Call): NonNullable<BuildRequest["credentials"]> {
  const header = headers["x-registry-config"];
  try {
    return decodeRegistryConfig(Array.isArray(header) ? header[0] : header);
  } catch (error) {
    if (isEngineError(error, "invalid-argument")) return new Map();
    throw error;
  }
}

function streamOptions({ parameters, version }: Call): BuildStreamOptions {
  const showsRemoval = parameters.flag("rm", true) || parameters.text("rm") === "" || parameters.flag("forcerm");
  return { version, showsRemoval, showsFindings: parameters.text("check") !== "" };
}

async function* aloud(events: AsyncIterable<BuildEvent>, options: BuildStreamOptions): AsyncGenerator<ProgressJson> {
  for await (const event of events) yield* encodeBuildEvent(event, options);
}

/** Only the ID of what was built; when there is none, all there was to say, or of very much the end. */
async function* quietly(events: AsyncIterable<BuildEvent>, options: BuildStreamOptions): AsyncGenerator<ProgressJson> {
  const held = new HeldMessages();
  let id: string | undefined;
  try {
    for await (const event of events) {
      for (const message of encodeBuildEvent(event, options)) held.add(message);
      if (event.type === "done") ({ id } = event);
    }
  } catch (error) {
    yield* held.all();
    throw error;
  }
  if (id === undefined) yield* held.all();
  else yield { stream: `${id}\n` };
}
