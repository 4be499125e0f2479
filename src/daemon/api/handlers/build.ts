import { untilAborted } from "#async";
import type { BuildEvent, BuildRequest } from "#engine";
import { invalidArgument, isEngineError } from "#errors";
import { decodeRegistryConfig, formBoundary } from "#wire";
import type { ProgressJson } from "#wire";
import { byteStream, empty, messageStream } from "../http/answer.ts";
import type { Answer, WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { isSince } from "../http/is-since.ts";
import { BuildTrace } from "../encode/build-trace.ts";
import { encodeBuildEvent } from "../encode/build-stream.ts";
import { HeldMessages } from "../encode/held-messages.ts";
import { archiveOf, readOutput } from "./build-output.ts";
import { readBuildParts, readSecretsHeader } from "./build-parts.ts";
import { readBuildRequest } from "./build-request.ts";
import { RunningBuilds } from "./running-builds.ts";

/** `remote` of a build whose context another request brings, with the build's ID behind the prefix. */
const UPLOADED = "upload-request";
const UPLOAD = `${UPLOADED}:`;

/** `POST /build`: told as the classic builder tells it, or as BuildKit does if that version is asked for. */
export async function buildImage(call: Call): Promise<Answer> {
  const { api, body, parameters } = call;
  const id = isSince(call.version, "1.38") ? parameters.text("buildid") : "";
  const builds = RunningBuilds.of(api.engine);
  if (id.startsWith(UPLOAD)) {
    await builds.upload(id.slice(UPLOAD.length), body);
    return empty(200, { "Content-Type": "application/json" });
  }
  const output = readOutput(call);
  const asked = readBuildRequest(call);
  const isUploaded = id !== "" && asked.remote === UPLOADED;
  const cancelled = id === "" ? undefined : builds.signalOf(id);
  const signal = cancelled === undefined ? call.signal : AbortSignal.any([call.signal, cancelled]);
  const sent = isUploaded ? { context: builds.uploaded(id), remote: "" } : readBody(call, signal);
  const tags = [...(asked.tags ?? []), ...output.names];
  const result = output.output === "files" ? "files" : "image";
  const request: BuildRequest = { ...asked, ...sent, tags, output: result, credentials: registryConfig(call) };
  const events = cancellable(api.engine.builds.build(request, { signal }), { cancelled, end: () => builds.end(id) });
  if (output.output !== "image") {
    return byteStream("application/x-tar", archiveOf(events, { ...output, names: tags }, { engine: api.engine, signal }));
  }
  return messageStream(parameters.flag("q") ? quietly(events, call) : buildMessages(events, call));
}

/** Of a build that has an ID. */
export function cancelBuild({ api, parameters }: Call): WholeAnswer {
  const id = parameters.text("id");
  if (id === "") throw invalidArgument("build ID not provided");
  // Docker does not mind if there is none.
  RunningBuilds.of(api.engine).cancel(id);
  return empty(200, { "Content-Type": "application/json" });
}

interface Cancellation {
  readonly cancelled: AbortSignal | undefined;
  readonly end: () => void;
}

async function* cancellable(events: AsyncIterable<BuildEvent>, { cancelled, end }: Cancellation): AsyncGenerator<BuildEvent> {
  try {
    for await (const event of events) yield event;
  } catch (error) {
    cancelled?.throwIfAborted();
    throw error;
  } finally {
    end();
  }
}

/** A tar is the context, whatever its type says; a form may hold more. */
function readBody({ body, headers }: Call, signal: AbortSignal): Pick<BuildRequest, "context" | "parts" | "secrets"> {
  const boundary = formBoundary(headers["content-type"]);
  const secrets = readSecretsHeader(headers["x-slipway-secrets"]);
  return { secrets, ...(boundary === undefined ? { context: body } : { parts: readBuildParts(untilAborted(body, signal), boundary) }) };
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

async function* buildMessages(events: AsyncIterable<BuildEvent>, { api, parameters, version }: Call): AsyncGenerator<ProgressJson> {
  const showsRemoval = parameters.flag("rm", true) || parameters.text("rm") === "" || parameters.flag("forcerm");
  const options = { version, showsRemoval, showsFindings: parameters.text("check") !== "" };
  if (isSince(version, "1.38") && parameters.text("version") === "2") {
    yield* traceMessages(events, api.now);
    return;
  }
  for await (const event of events) yield* encodeBuildEvent(event, options);
}

async function* traceMessages(events: AsyncIterable<BuildEvent>, now: () => Date): AsyncGenerator<ProgressJson> {
  const trace = new BuildTrace(now);
  try {
    for await (const event of events) yield* trace.tell(event);
  } catch (error) {
    yield* trace.fail(error);
    throw error;
  }
}

/** Only the ID of what was built; when there is none, all there was to say, or of very much the end. */
async function* quietly(events: AsyncIterable<BuildEvent>, call: Call): AsyncGenerator<ProgressJson> {
  const held = new HeldMessages();
  const result: { id?: string } = {};
  let last: ProgressJson | undefined;
  try {
    for await (const message of buildMessages(noting(events, result), call)) {
      held.add(message);
      if ((message.aux as { readonly ID?: string } | undefined)?.ID !== undefined) last = message;
    }
  } catch (error) {
    yield* held.all();
    throw error;
  }
  if (result.id === undefined) yield* held.all();
  // BuildKit's message says by itself what it is.
  else if (last?.id !== undefined) yield last;
  else yield { stream: `${result.id}\n` };
}

/** What was built is known before any message of it: older clients get none with the whole ID. */
async function* noting(events: AsyncIterable<BuildEvent>, result: { id?: string }): AsyncGenerator<BuildEvent> {
  for await (const event of events) {
    if (event.type === "done") Object.assign(result, { id: event.id });
    yield event;
  }
}
