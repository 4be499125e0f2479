import assert from "node:assert/strict";
import { busyboxTar } from "../runtime/chains.ts";
import { send as sendCall } from "../workbench/index.ts";
import type { Slipway } from "../workbench/index.ts";

export interface State {
  readonly Status: string;
  readonly ExitCode: number;
  readonly Error: string;
  readonly Pid: number;
  readonly FinishedAt: string;
}

export async function send(
  socket: string,
  method: string,
  path: string,
  { body, type = "application/json" }: { readonly body?: string | Uint8Array; readonly type?: string } = {},
): Promise<{ readonly status: number; readonly text: string; readonly cut: boolean }> {
  const bytes = body === undefined ? {} : { body: Buffer.from(body), headers: { "content-type": type } };
  const answer = await sendCall(socket, { method, path, ...bytes });
  return { status: answer.status, text: answer.body.toString(), cut: answer.cut };
}

/** Says that it is ready, and ends with 3 when it is asked to. */
export const FOREVER = "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done";

/** `box:1`, which has busybox. */
export async function importBox({ socket }: Slipway): Promise<void> {
  await send(socket, "POST", "/images/create?fromSrc=-&repo=box&tag=1", { body: await busyboxTar(), type: "application/x-tar" });
}

export async function create({ socket }: Slipway, name: string, script = FOREVER, config: object = {}): Promise<string> {
  const body = JSON.stringify({ Image: "box:1", Cmd: ["sh", "-c", script], HostConfig: { NetworkMode: "none" }, ...config });
  const made = await send(socket, "POST", `/containers/create?name=${name}`, { body });
  assert.equal(made.status, 201, made.text);
  return (JSON.parse(made.text) as { readonly Id: string }).Id;
}

export async function run(slipway: Slipway, name: string, script = FOREVER, config: object = {}): Promise<string> {
  const id = await create(slipway, name, script, config);
  const started = await send(slipway.socket, "POST", `/containers/${name}/start`);
  assert.equal(started.status, 204, started.text);
  return id;
}

/** Its script is past its preparations. */
export async function heard({ socket }: Slipway, name: string): Promise<void> {
  for (let said = ""; !said.includes("ready");) said = (await send(socket, "GET", `/containers/${name}/logs?stdout=1`)).text;
}

export async function stateOf({ socket }: Slipway, name: string): Promise<State> {
  const { text } = await send(socket, "GET", `/containers/${name}/json`);
  return (JSON.parse(text) as { readonly State: State }).State;
}
