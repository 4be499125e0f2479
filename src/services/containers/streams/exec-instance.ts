import { randomBytes } from "node:crypto";
import type { RunningExec, TerminalSize } from "#runtime";
import type { Container } from "../container.ts";
import { ProcessStreams } from "./process-streams.ts";

/** What is to run in a container beside its own process. */
export interface ExecRequest {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Beside the container's own. */
  readonly env: readonly string[];
  /** Empty for the container's. */
  readonly user: string;
  readonly workingDir: string;
  readonly isPrivileged: boolean;
  readonly isTerminal: boolean;
  readonly size?: TerminalSize | undefined;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Empty for ctrl-p ctrl-q. */
  readonly detachKeys: string;
}

export interface ExecDetail {
  readonly id: string;
  readonly containerId: string;
  readonly request: ExecRequest;
  /** Its own or the container's; empty for root. */
  readonly user: string;
  readonly isRunning: boolean;
  /** `undefined` until it has ended. */
  readonly exitCode: number | undefined;
  /** As they are typed; empty for the default. */
  readonly detachKeys: Uint8Array;
  /** On the machine; 0 while it was not started. */
  readonly pid: number;
}

/** One command in a container, from its wish to its end. It runs once. */
export class ExecInstance {
  readonly id = randomBytes(32).toString("hex");
  readonly container: Container;
  readonly request: ExecRequest;
  readonly keys: Uint8Array;
  readonly streams = new ProcessStreams(undefined);
  readonly #started = Promise.withResolvers<RunningExec | undefined>();
  readonly #ended = Promise.withResolvers<void>();
  #state: "created" | "starting" | "running" | "ended" = "created";
  #pid = 0;
  #exitCode: number | undefined;

  constructor(container: Container, request: ExecRequest, keys: Uint8Array) {
    this.container = container;
    this.request = request;
    this.keys = keys;
  }

  get state(): "created" | "starting" | "running" | "ended" {
    return this.#state;
  }

  /** Its process, when it has one; `undefined` when it did not start. */
  get started(): Promise<RunningExec | undefined> {
    return this.#started.promise;
  }

  /** Its exit code is known. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get detail(): ExecDetail {
    const { id, request } = this;
    const isRunning = this.#state === "starting" || this.#state === "running";
    const detachKeys = request.detachKeys === "" ? new Uint8Array() : this.keys;
    const user = request.user === "" ? (this.container.record.config.User ?? "") : request.user;
    return { id, containerId: this.container.id, request, user, isRunning, exitCode: this.#exitCode, detachKeys, pid: this.#pid };
  }

  begin(): void {
    this.#state = "starting";
  }

  run(process: RunningExec): void {
    this.#state = "running";
    this.#pid = process.pid;
    this.#started.resolve(process);
  }

  end(exitCode: number): void {
    this.#state = "ended";
    this.#exitCode = exitCode;
    this.#started.resolve(undefined);
    this.#ended.resolve();
    this.streams.release();
  }
}
