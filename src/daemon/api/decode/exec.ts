import type { ExecRequest, ExecStartRequest } from "#containers";
import { goBool, goInt, goList, goPair, goPointer, goString, goStruct, readGo } from "#wire";
import { isSince } from "../http/is-since.ts";

interface ExecDocument {
  readonly User: string;
  readonly Privileged: boolean;
  readonly Tty: boolean;
  readonly ConsoleSize: readonly [rows: number, columns: number] | null;
  readonly AttachStdin: boolean;
  readonly AttachStderr: boolean;
  readonly AttachStdout: boolean;
  readonly DetachKeys: string;
  readonly Env: readonly string[] | null;
  readonly WorkingDir: string;
  readonly Cmd: readonly string[] | null;
}

interface StartDocument {
  readonly Detach: boolean;
  readonly Tty: boolean;
  readonly ConsoleSize: readonly [rows: number, columns: number] | null;
}

const text = goString();
const flag = goBool();
const strings = goList(text, "[]string");
const size = goPointer(goPair(goInt("uint"), "[2]uint"));

const EXEC = goStruct<ExecDocument>("container.ExecOptions", {
  User: text,
  Privileged: flag,
  Tty: flag,
  ConsoleSize: size,
  AttachStdin: flag,
  AttachStderr: flag,
  AttachStdout: flag,
  DetachKeys: text,
  Env: strings,
  WorkingDir: text,
  Cmd: strings,
});
const START = goStruct<StartDocument>("container.ExecStartOptions", { Detach: flag, Tty: flag, ConsoleSize: size });

export function decodeExec(json: unknown, version: string): ExecRequest {
  const document = readGo(EXEC, json, "ExecOptions");
  return {
    command: document.Cmd ?? [],
    env: document.Env ?? [],
    user: document.User,
    workingDir: document.WorkingDir,
    isPrivileged: document.Privileged,
    isTerminal: document.Tty,
    size: toSize(document.ConsoleSize, version),
    stdin: document.AttachStdin,
    stdout: document.AttachStdout,
    stderr: document.AttachStderr,
    detachKeys: document.DetachKeys,
  };
}

export function decodeExecStart(json: unknown, version: string): ExecStartRequest & { readonly isDetached: boolean } {
  const { Detach: isDetached, Tty: isTerminal, ConsoleSize } = readGo(START, json, "ExecStartOptions");
  return { isDetached, isTerminal, size: toSize(ConsoleSize, version) };
}

/** Terminals have a size from the beginning since 1.42. */
function toSize(pair: ExecDocument["ConsoleSize"], version: string): ExecRequest["size"] {
  if (pair === null || !isSince(version, "1.42")) return undefined;
  const [rows, columns] = pair;
  return { rows, columns };
}
