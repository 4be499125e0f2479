import { setTimeout as delay } from "node:timers/promises";
import { conflict, internal, toEngineError } from "#errors";
import type { RunningExec, TerminalSize } from "#runtime";
import type { ContainerDeps } from "../container-deps.ts";
import { notRunning } from "../errors.ts";
import type { Peer, Session } from "./attach-container.ts";
import { checkActive, commandOf, publishExecEvent } from "./create-exec.ts";
import type { ExecInstance } from "./exec-instance.ts";
import { forwardInput } from "./forward-input.ts";
import type { StreamName } from "./process-streams.ts";

export interface ExecStartRequest {
  /** Whoever starts it reads it as one stream. */
  readonly isTerminal: boolean;
  /** Instead of the one it was made with. */
  readonly size?: TerminalSize | undefined;
}

/** Like a shell's; the runtime knows better for programs that are not there or cannot be executed. */
const DID_NOT_START = 128;

/** What something that a command left running may still say, before nobody listens any more. */
const OUTPUT_GRACE_MS = 2000;

/**
 * Starts a command that nobody talks to.
 *
 * @throws not-found, conflict when it has run already or its container does not, and what keeps it from starting.
 */
export async function startDetached(deps: ContainerDeps, id: string, request: ExecStartRequest): Promise<void> {
  const instance = findStartable(deps, id);
  checkFirst(instance);
  await start(deps, instance, { size: request.size, keepsInputOpen: false });
}

/** A conversation with a command, which starts with it; @throws as `startDetached`, what keeps it from starting from `talk`. */
export function openExec(deps: ContainerDeps, id: string, request: ExecStartRequest): Session {
  const instance = findStartable(deps, id);
  return { isTerminal: request.isTerminal, talk: (peer) => talk(deps, instance, { peer, size: request.size }) };
}

function findStartable({ execs, containers }: ContainerDeps, id: string): ExecInstance {
  const instance = execs.get(id);
  const { container } = instance;
  checkActive(containers.get(container.id), container.id);
  return instance;
}

function checkFirst({ id, state }: ExecInstance): void {
  if (state !== "created") throw conflict(`exec command ${id} has already run`);
}

interface Conversation {
  readonly peer: Peer;
  readonly size: TerminalSize | undefined;
}

async function talk(deps: ContainerDeps, instance: ExecInstance, { peer, size }: Conversation): Promise<void> {
  checkFirst(instance);
  const { request, streams, keys } = instance;
  const { isTerminal, stdin, stdout, stderr } = request;
  const wants = new Set<StreamName>([...(stdout ? (["stdout"] as const) : []), ...(stderr ? (["stderr"] as const) : [])]);
  const { input } = streams;
  const listening = streams.listen({ wants, write: (output) => peer.write(output) });
  try {
    await start(deps, instance, { size, keepsInputOpen: stdin });
    // Of a terminal the end of what is typed is the end of the conversation, and its keys are looked for.
    const typing = stdin ? forwardInput(peer.input, input, { keys: isTerminal ? keys : undefined, closesInput: !isTerminal }) : undefined;
    const isOver = wants.size > 0 ? Promise.all([listening.ended, instance.ended]) : undefined;
    if ((await firstOf({ typing, isOver, endsWithInput: isTerminal || wants.size === 0 }, peer.signal)) === "detached") {
      throw internal("exec attach failed: error on attach stdin: read escape sequence");
    }
  } finally {
    listening.leave();
  }
}

interface Ends {
  readonly typing: Promise<"ended" | "detached"> | undefined;
  /** Everything was said and its exit code is known: who asks for that next finds it. */
  readonly isOver: Promise<unknown> | undefined;
  readonly endsWithInput: boolean;
}

async function firstOf({ typing, isOver, endsWithInput }: Ends, signal: AbortSignal): Promise<"ended" | "detached"> {
  if (typing === undefined && isOver === undefined) return "ended";
  const over = Promise.withResolvers<"ended" | "detached">();
  const end = (): void => over.resolve("ended");
  void isOver?.then(end);
  void typing?.then((how) => {
    if (how === "detached" || endsWithInput) over.resolve(how);
  });
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    return await over.promise;
  } finally {
    signal.removeEventListener("abort", end);
  }
}

interface StartOptions {
  readonly size: TerminalSize | undefined;
  readonly keepsInputOpen: boolean;
}

/** Resolves when it runs. */
async function start(deps: ContainerDeps, instance: ExecInstance, { size, keepsInputOpen }: StartOptions): Promise<void> {
  const { container, request } = instance;
  instance.begin();
  publishExecEvent(deps, `exec_start: ${commandOf(request)}`, instance);
  let process: RunningExec;
  try {
    if (container.process === undefined) throw notRunning(container.id);
    process = await container.process.exec({
      args: request.command,
      env: request.env,
      isPrivileged: request.isPrivileged,
      keepsInputOpen,
      ...(request.user !== "" && { user: request.user }),
      ...(request.workingDir !== "" && { cwd: request.workingDir }),
      ...(request.isTerminal && { terminal: size ?? request.size ?? { rows: 0, columns: 0 } }),
    });
  } catch (error) {
    const known = toEngineError(error);
    const exitCode = known?.details?.["exitCode"];
    instance.end(typeof exitCode === "number" ? exitCode : DID_NOT_START);
    deps.execs.noteEnd(instance);
    // It may have been paused or have ended meanwhile, which a runtime has its own words for.
    if (exitCode === undefined || exitCode === DID_NOT_START) checkActive(container, container.id);
    throw known?.details?.["isOver"] === true ? notRunning(container.id) : error;
  }
  instance.run(process);
  deps.later(watch(deps, instance, process));
}

/** To its end. What it left running is not waited for, only its last words. */
async function watch(deps: ContainerDeps, instance: ExecInstance, process: RunningExec): Promise<void> {
  const output = instance.streams.run(process);
  const { exitCode } = await process.ended;
  await Promise.race([output, delay(OUTPUT_GRACE_MS, undefined, { ref: false })]);
  await process[Symbol.asyncDispose]();
  instance.end(exitCode);
  deps.execs.noteEnd(instance);
  publishExecEvent(deps, "exec_die", instance, { exitCode: String(exitCode) });
}
