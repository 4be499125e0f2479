import type { BuildEvent, BuildRequest } from "#engine";
import { isEngineError } from "#errors";
import { decodeRegistryConfig, formBoundary } from "#wire";
import type { ProgressJson } from "#wire";
import { messageStream } from "../http/answer.ts";
import type { MessageStream } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { encodeBuildEvent } from "../encode/build-stream.ts";
import { readBuildParts, readSecretsHeader } from "./build-parts.ts";
import { readBuildRequest } from "./build-request.ts";

/** `POST /build`, whose stream is the classic builder's. */
export function buildImage(call: Call): MessageStream {
  const { api, parameters, signal } = call;
  const request: BuildRequest = { ...readBody(call), ...readBuildRequest(call), credentials: registryConfig(call) };
  const messages = buildMessages(api.engine.builds.build(request, { signal }), call);
  return messageStream(parameters.flag("q") ? quietly(messages) : messages);
}

/** A tar is the context, whatever its type says; a form may hold more. */
function readBody({ body, headers }: Call): Pick<BuildRequest, "context" | "parts" | "secrets"> {
  const boundary = formBoundary(headers["content-type"]);
  const secrets = readSecretsHeader(headers["x-slipway-secrets"]);
  return { secrets, ...(boundary === undefined ? { context: body } : { parts: readBuildParts(body, boundary) }) };
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

async function* buildMessages(events: AsyncIterable<BuildEvent>, { parameters, version }: Call): AsyncGenerator<ProgressJson> {
  const showsRemoval = parameters.flag("rm", true) || parameters.text("rm") === "" || parameters.flag("forcerm");
  const options = { version, showsRemoval, showsFindings: parameters.text("check") !== "" };
  for await (const event of events) yield* encodeBuildEvent(event, options);
}

/** Only the ID of what was built; when it failed, all there was to say. */
async function* quietly(messages: AsyncIterable<ProgressJson>): AsyncGenerator<ProgressJson> {
  const held: ProgressJson[] = [];
  let id = "";
  try {
    for await (const message of messages) {
      held.push(message);
      const { ID } = (message.aux ?? {}) as { readonly ID?: string };
      id = ID ?? id;
    }
  } catch (error) {
    yield* held;
    throw error;
  }
  yield { stream: `${id}\n` };
}
