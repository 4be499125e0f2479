import type { ExecDetail, Session } from "#containers";
import { invalidArgument, isEngineError } from "#errors";
import { encodeFrame } from "#wire";
import type { ExecJson } from "#wire";
import { decodeExec, decodeExecStart } from "../decode/exec.ts";
import { empty, hijacked, json } from "../http/answer.ts";
import type { Hijacked, WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { readJsonBody } from "../http/json-body.ts";
import { peerOf, streamType } from "./containers-streams.ts";

export async function createExec(call: Call): Promise<WholeAnswer> {
  const { api, name, version } = call;
  const request = decodeExec(await readOptionalBody(call), version);
  return json({ Id: await api.engine.containers.exec.create(name, request) }, 201);
}

export async function startExec(call: Call): Promise<WholeAnswer | Hijacked> {
  const { api, name, version, headers } = call;
  const { exec } = api.engine.containers;
  const { isDetached, ...request } = decodeExecStart(await readOptionalBody(call), version);
  if (isDetached) {
    await exec.startDetached(name, request);
    return empty(200);
  }
  const session = exec.open(name, request);
  const contentType = streamType(version, session.isTerminal);
  return hijacked({ headers, contentType, hasEngineHeaders: true }, async (connection) => {
    try {
      await session.talk(peerOf(session, connection));
    } catch (error) {
      if (!isEngineError(error) || error.kind === "cancelled") throw error;
      // Status and headers have left: Docker says it where the output would have been.
      await connection.write(spoken(session, `${error.message}\r\n`));
    }
  });
}

function spoken({ isTerminal }: Session, text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return isTerminal ? bytes : encodeFrame({ stream: "stdout", bytes });
}

/** Docker takes no body for an empty document here. */
async function readOptionalBody(call: Call): Promise<unknown> {
  const { headers } = call;
  if (headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0) return null;
  return readJsonBody(call);
}

export function inspectExec({ api, name }: Call): WholeAnswer {
  return json(encodeExec(api.engine.containers.exec.inspect(name)));
}

function encodeExec({ id, containerId, request, user, isRunning, exitCode, detachKeys, pid }: ExecDetail): ExecJson {
  const [entrypoint = "", ...args] = request.command;
  const { isTerminal, isPrivileged } = request;
  return {
    ID: id,
    Running: isRunning,
    ExitCode: exitCode ?? null,
    ProcessConfig: { tty: isTerminal, entrypoint, arguments: args, privileged: isPrivileged, ...(user !== "" && { user }) },
    OpenStdin: request.stdin,
    OpenStderr: request.stderr,
    OpenStdout: request.stdout,
    CanRemove: false,
    ContainerID: containerId,
    DetachKeys: Buffer.from(detachKeys).toString("base64"),
    Pid: pid,
  };
}

export async function resizeExec(call: Call): Promise<WholeAnswer> {
  await call.api.engine.containers.exec.resize(call.name, sizeOf(call));
  return empty(200);
}

export async function resizeContainer(call: Call): Promise<WholeAnswer> {
  await call.api.engine.containers.resize(call.name, sizeOf(call));
  return empty(200);
}

function sizeOf({ parameters }: Call): { readonly rows: number; readonly columns: number } {
  return { rows: charactersOf("height", parameters.text("h")), columns: charactersOf("width", parameters.text("w")) };
}

function charactersOf(what: "height" | "width", text: string): number {
  const value = /^[+-]?[0-9]+$/.test(text) ? Number(text) : undefined;
  if (value !== undefined && value >= 0 && value < 2 ** 32) return value;
  const reason = value === undefined ? "invalid syntax" : "value out of range";
  throw invalidArgument(`invalid resize ${what} ${JSON.stringify(text)}: ${reason}`);
}
