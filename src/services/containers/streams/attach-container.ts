import type { LogMark } from "#container-logs";
import { conflict, isEngineError } from "#errors";
import type { Output, ProcessInput } from "#runtime";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import type { Container } from "../container.ts";
import { parseDetachKeys } from "./detach-keys.ts";
import { forwardInput } from "./forward-input.ts";
import type { Listening, StreamName } from "./process-streams.ts";

export interface AttachRequest {
  /** First what was said before. */
  readonly logs: boolean;
  /** Then what comes, to the end of the run; of a container that does not run, the next one. */
  readonly stream: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Of a terminal; empty for ctrl-p ctrl-q. */
  readonly detachKeys: string;
}

/** The other end of a conversation. */
export interface Peer {
  /** Read only when input is wanted. Its end is the end of the input. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Resolves when more is taken; rejects when nobody is there. */
  write(output: Output): Promise<void>;
  /** Fires when the conversation is to end. */
  readonly signal: AbortSignal;
}

/** A conversation that may begin. */
export interface Session {
  /** Its output is one stream, and what is typed may be keys to detach. */
  readonly isTerminal: boolean;
  /** Listens from this call on; resolves when the conversation is over. */
  talk(peer: Peer): Promise<void>;
}

/** @throws not-found, conflict for a paused container, invalid-argument for keys that are none. */
export function attachContainer(deps: ContainerDeps, name: string, request: AttachRequest): Session {
  const container = deps.containers.get(name);
  const keys = parseDetachKeys(request.detachKeys, "detach");
  if (container.isPaused) throw conflict(`container ${name} is paused, unpause the container before attach`);
  return {
    isTerminal: container.record.config.Tty,
    talk: (peer) => talk(deps, container, { request, keys, peer }),
  };
}

interface Conversation {
  readonly request: AttachRequest;
  readonly keys: Uint8Array;
  readonly peer: Peer;
}

/** What was said before comes from the log, and what comes waits behind it: nothing is missed and nothing is told twice. */
async function talk(deps: ContainerDeps, container: Container, conversation: Conversation): Promise<void> {
  const { request, peer } = conversation;
  const { streams } = container;
  const wants = wantedOutputs(request);
  const told = Promise.withResolvers<void>();
  const mark = request.logs ? streams.log?.mark() : undefined;
  const { input } = streams;
  const write = async (output: Output): Promise<void> => {
    await told.promise;
    await peer.write(output);
  };
  const listening = request.stream && wants.size > 0 ? streams.listen({ wants, write }) : undefined;
  try {
    if (mark !== undefined) await tellLog(container, mark, { wants, peer });
    publishContainerEvent(deps, "attach", container);
    told.resolve();
    if (!request.stream) return;
    const isDetached = await converse(container, conversation, { input, listening });
    if (isDetached) publishContainerEvent(deps, "detach", container);
  } finally {
    told.resolve();
    listening?.leave();
  }
}

function wantedOutputs({ stdout, stderr }: AttachRequest): ReadonlySet<StreamName> {
  return new Set([...(stdout ? (["stdout"] as const) : []), ...(stderr ? (["stderr"] as const) : [])]);
}

async function tellLog(
  { streams }: Container,
  { lastTime, rest, written }: LogMark,
  { wants, peer }: { readonly wants: ReadonlySet<StreamName>; readonly peer: Peer },
): Promise<void> {
  await written;
  try {
    for await (const lines of streams.log?.read({ lastTime, signal: peer.signal }) ?? []) {
      for (const { stream, text } of lines) if (wants.has(stream)) await peer.write({ stream, bytes: Buffer.from(text) });
    }
    for (const output of rest) if (wants.has(output.stream)) await peer.write(output);
  } catch (error) {
    // Whoever has gone is no failure of ours.
    if (!isEngineError(error, "cancelled")) throw error;
  }
}

interface Ends {
  readonly input: Promise<ProcessInput | undefined>;
  readonly listening: Listening | undefined;
}

/** Whether the keys were typed. Ends with the outputs that are wanted or, without any, with the input. */
async function converse(container: Container, { request, keys, peer }: Conversation, { input, listening }: Ends): Promise<boolean> {
  const { OpenStdin, StdinOnce, Tty } = container.record.config;
  const closesInput = StdinOnce && !Tty;
  const stopped = closesInput ? untilStopped(container, peer.signal) : undefined;
  const typing = request.stdin && OpenStdin ? forwardInput(peer.input, input, { keys: Tty ? keys : undefined, closesInput }) : undefined;
  const isDetached = await untilOver(peer, { typing, listening, endsWithInput: listening === undefined || !closesInput });
  await stopped;
  return isDetached;
}

interface Parts {
  readonly typing: Promise<"ended" | "detached"> | undefined;
  readonly listening: Listening | undefined;
  readonly endsWithInput: boolean;
}

async function untilOver({ signal }: Peer, { typing, listening, endsWithInput }: Parts): Promise<boolean> {
  if (typing === undefined && listening === undefined) return false;
  const over = Promise.withResolvers<boolean>();
  const leave = (): void => over.resolve(false);
  void listening?.ended.then(leave);
  void typing?.then((how) => {
    if (how === "detached" || endsWithInput) over.resolve(how === "detached");
  });
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  try {
    return await over.promise;
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

/** Docker keeps the connection that may be a container's only input until the container has stopped. */
async function untilStopped(container: Container, signal: AbortSignal): Promise<void> {
  try {
    await container.wait("not-running", signal);
  } catch (error) {
    if (!isEngineError(error, "cancelled")) throw error;
  }
}
