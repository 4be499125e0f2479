import { tarOf } from "../runtime/chains.ts";
import type { Dice } from "./dice.ts";

/** What is known of a container: what was acknowledged, and what was under way when the engine was killed. */
export interface Known {
  readonly id: string;
  /** It has one of these. */
  readonly names: Set<string>;
  presence: "there" | "gone" | "open";
  readonly removesItself: boolean;
  /** Of its log, as it was read. */
  said: string;
  /** In its root, as they were put there. */
  readonly files: Set<string>;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: Buffer;
  readonly type?: string;
  /** Told before it is sent: it may have happened whatever is heard. */
  begin?(): void;
  /** Told when it was acknowledged. */
  done?(text: string): void;
}

const FOREVER = "trap 'exit 3' TERM; n=0; while n=$((n+1)); do echo line $n; echo $n > /n; sleep 0.02; done";
const NONE = { NetworkMode: "none" };

/** Containers of all kinds; each is something else that must not be left. */
const KINDS: readonly object[] = [
  { Cmd: ["sh", "-c", FOREVER], HostConfig: NONE },
  { Cmd: ["sh", "-c", FOREVER], Tty: true, OpenStdin: true, HostConfig: NONE },
  { Cmd: ["sh", "-c", FOREVER], HostConfig: { ...NONE, AutoRemove: true }, Volumes: { "/volume": {} } },
  { Cmd: ["sh", "-c", FOREVER], HostConfig: { NetworkMode: "bridge" } },
  { Cmd: ["sh", "-c", FOREVER], HostConfig: { ...NONE, IpcMode: "shareable" } },
  { Cmd: ["sh", "-c", FOREVER], HostConfig: NONE, Healthcheck: { Test: ["CMD", "true"], Interval: 50_000_000 } },
  {
    Cmd: ["sh", "-c", "while :; do echo 0123456789; done"],
    HostConfig: { ...NONE, LogConfig: { Type: "json-file", Config: { "max-size": "200k" } } },
  },
  { Cmd: ["true"], HostConfig: { ...NONE, AutoRemove: true } },
  { Cmd: ["true"], HostConfig: NONE },
];

export function create(dice: Dice, name: string, made: (known: Known) => void): Request {
  const kind = dice.pick(KINDS);
  const { AutoRemove: removesItself = false } = (kind as { HostConfig: { AutoRemove?: boolean } }).HostConfig;
  return {
    method: "POST",
    path: `/containers/create?name=${name}`,
    body: Buffer.from(JSON.stringify({ Image: "box:1", ...kind })),
    done: (text) => {
      const { Id: id } = JSON.parse(text) as { readonly Id: string };
      made({ id, names: new Set([name]), presence: "there", removesItself, said: "", files: new Set() });
    },
  };
}

export function start(known: Known): Request {
  const begin = (): void => {
    if (known.removesItself) known.presence = "open";
  };
  return { method: "POST", path: `/containers/${known.id}/start`, begin };
}

/** Anything but a first start. @param fresh a name that nobody has. */
export async function draw(dice: Dice, known: Known, fresh: string): Promise<readonly Request[]> {
  const post = (verb: string): Request => ({ method: "POST", path: `/containers/${known.id}/${verb}` });
  switch (
    dice.pick(["stop", "kill", "pause", "restart", "rename", "exec", "exec", "commit", "put", "get", "logs", "update", "remove", "look"])
  ) {
    case "stop":
      return [post("stop?t=0"), start(known)];
    case "kill":
      return [post("kill?signal=USR1")];
    case "pause":
      return dice.chance(0.5) ? [post("pause")] : [post("pause"), post("unpause")];
    case "restart":
      // It starts what was never started, too.
      return [{ ...start(known), ...post("restart?t=0") }];
    case "rename":
      return [rename(known, fresh)];
    case "exec":
      return exec(dice, known);
    case "commit":
      return [{ method: "POST", path: `/commit?container=${known.id}&repo=made&pause=${dice.chance(0.5) ? 1 : 0}` }];
    case "put":
      return [await put(known, fresh)];
    case "get":
      return [{ method: "GET", path: `/containers/${known.id}/archive?path=/` }];
    case "logs":
      return [logs(known)];
    case "update":
      return [{ ...post("update"), body: Buffer.from(JSON.stringify({ PidsLimit: 50 + Math.floor(dice.next() * 50) })) }];
    case "remove":
      return [remove(known)];
    default:
      return [{ method: "GET", path: "/containers/json?all=1&size=1" }];
  }
}

export function remove(known: Known): Request {
  return {
    method: "DELETE",
    path: `/containers/${known.id}?force=1&v=1`,
    begin: () => (known.presence = "open"),
    done: () => (known.presence = "gone"),
  };
}

function rename(known: Known, name: string): Request {
  return {
    method: "POST",
    path: `/containers/${known.id}/rename?name=${name}`,
    begin: () => known.names.add(name),
    done: () => {
      known.names.clear();
      known.names.add(name);
    },
  };
}

/** The second is for what the first gave. */
function exec(dice: Dice, known: Known): readonly Request[] {
  const wish = { Cmd: ["sh", "-c", dice.chance(0.5) ? "true" : "sleep 1000"], AttachStdout: true };
  let id = "none";
  return [
    {
      method: "POST",
      path: `/containers/${known.id}/exec`,
      body: Buffer.from(JSON.stringify(wish)),
      done: (text) => ({ Id: id } = JSON.parse(text) as { Id: string }),
    },
    {
      method: "POST",
      get path() {
        return `/exec/${id}/start`;
      },
      body: Buffer.from(JSON.stringify({ Detach: true })),
    },
  ];
}

async function put(known: Known, name: string): Promise<Request> {
  const header = { type: "file" as const, path: name, mode: 0o644, size: name.length };
  const body = await tarOf([{ header, body: Buffer.from(name) }]);
  const path = `/containers/${known.id}/archive?path=/tmp`;
  return { method: "PUT", path, body, type: "application/x-tar", done: () => known.files.add(name) };
}

function logs(known: Known): Request {
  const path = `/containers/${known.id}/logs?stdout=1&stderr=1&timestamps=1`;
  return { method: "GET", path, done: (text) => (known.said = text) };
}
