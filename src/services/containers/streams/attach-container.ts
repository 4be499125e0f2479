import { conflict, isEngineError } from "#errors";
import type { Output } from "#runtime";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import type { Container } from "../container.ts";
import { parseDetachKeys } from "./detach-keys.ts";
import { forwardInput } from "./forward-input.ts";
import type { ProcessStreams, StreamName } from "./process-streams.ts";

export interface AttachRequest {
  /** First what the log has. */
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
    talk: async (peer) => {
      if (request.logs) await tellLog(container, request, peer);
      publishContainerEvent(deps, "attach", container);
      if (!request.stream) return;
      const isDetached = await converse(container, request, { peer, keys });
      if (isDetached) publishContainerEvent(deps, "detach", container);
    },
  };
}

async function tellLog({ streams }: Container, request: AttachRequest, peer: Peer): Promise<void> {
  const wanted = wantedOutputs(request);
  try {
    for await (const lines of streams.log?.read({ signal: peer.signal }) ?? []) {
      for (const { stream, text } of lines) if (wanted.has(stream)) await peer.write({ stream, bytes: Buffer.from(text) });
    }
  } catch (error) {
    // Whoever has gone is no failure of ours.
    if (!isEngineError(error, "cancelled")) throw error;
  }
}

function wantedOutputs({ stdout, stderr }: AttachRequest): ReadonlySet<StreamName> {
  return new Set([...(stdout ? (["stdout"] as const) : []), ...(stderr ? (["stderr"] as const) : [])]);
}

interface Talk {
  readonly peer: Peer;
  readonly keys: Uint8Array;
}

/** Whether the keys were typed. Ends with the outputs that are wanted or, without any, with the input. */
async function converse(container: Container, request: AttachRequest, { peer, keys }: Talk): Promise<boolean> {
  const { streams, record } = container;
  const { OpenStdin, StdinOnce, Tty } = record.config;
  const wants = wantedOutputs(request);
  const closesInput = StdinOnce && !Tty;
  const stopped = closesInput ? untilStopped(container, peer.signal) : Promise.resolve();
  const input =
    request.stdin && OpenStdin ? forwardInput(peer.input, streams.input, { keys: Tty ? keys : undefined, closesInput }) : undefined;
  const isDetached = await untilOver(streams, peer, { wants, input, endsWithInput: wants.size === 0 || !closesInput });
  await stopped;
  return isDetached;
}

interface Parts {
  readonly wants: ReadonlySet<StreamName>;
  readonly input: Promise<"ended" | "detached"> | undefined;
  readonly endsWithInput: boolean;
}

async function untilOver(streams: ProcessStreams, peer: Peer, { wants, input, endsWithInput }: Parts): Promise<boolean> {
  const over = Promise.withResolvers<boolean>();
  const leave = (): void => over.resolve(false);
  const listening = wants.size === 0 ? undefined : streams.listen({ wants, write: (output) => peer.write(output) });
  void listening?.ended.then(leave);
  void input?.then((how) => {
    if (how === "detached" || endsWithInput) over.resolve(how === "detached");
  });
  if (listening === undefined && input === undefined) leave();
  peer.signal.addEventListener("abort", leave, { once: true });
  if (peer.signal.aborted) leave();
  try {
    return await over.promise;
  } finally {
    peer.signal.removeEventListener("abort", leave);
    listening?.leave();
  }
}

/** Docker keeps the connection that is a container's only input until the container has stopped. */
async function untilStopped(container: Container, signal: AbortSignal): Promise<void> {
  try {
    await container.wait("not-running", signal);
  } catch (error) {
    if (!isEngineError(error, "cancelled")) throw error;
  }
}
