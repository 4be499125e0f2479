import { readFileSync } from "node:fs";

import { tarOf } from "../../workbench/index.ts";
import type { TarFile } from "../../workbench/index.ts";

import { filters, get, learn, post, remove } from "../step.ts";
import type { Query, Step } from "../step.ts";

/**
 * A third conversation, about what containers live through. It asks for what bears its label only, so that the engine may
 * have containers of its own, and needs no network.
 */
export function containerConversation(busybox = "/bin/busybox"): readonly Step[] {
  return [
    ...beginning(busybox),
    ...creating,
    ...finding,
    ...running,
    ...talking,
    ...executing,
    ...pausing,
    ...changing,
    ...ending,
    ...over,
  ];
}

const JSON_TYPE = { "content-type": "application/json" };
const MINE = { label: ["talk=yes"] };
const APPLETS = "cat echo env false hostname id kill ls mkdir rm sh sleep stat test touch true";

type Body = Readonly<Record<string, unknown>>;

function beginning(busybox: string): readonly Step[] {
  const root: readonly TarFile[] = [
    { name: "bin/" },
    { name: "bin/busybox", data: readFileSync(busybox), mode: 0o755 },
    ...APPLETS.split(" ").map((name) => ({ name: `bin/${name}`, link: "busybox" })),
    { name: "tmp/" },
  ];
  const query = { fromSrc: "-", repo: "talk/box", tag: "1", changes: ["CMD sh", "ENV FROM=image", "LABEL talk=yes", "EXPOSE 80"] };
  const headers = { "content-type": "application/x-tar" };
  return [
    { name: "image: imported", method: "POST", path: "/images/create", query, headers, body: tarOf(root), keep: "status" },
    learn("box", "talk/box:1"),
  ];
}

function say(name: string, path: string, body: unknown, query: Query = {}): Step {
  return post(name, path, query, { headers: JSON_TYPE, body: Buffer.from(JSON.stringify(body)) });
}

function create(what: string, config: Body, host: Body = {}, query: Query = {}): Step {
  return say(
    `create: ${what}`,
    "/containers/create",
    { Image: "talk/box:1", ...config, HostConfig: { NetworkMode: "none", ...host } },
    query,
  );
}

function made(as: string, config: Body, host: Body = {}): Step {
  return { ...create(`talk-${as}`, config, host, { name: `talk-${as}` }), capture: { as, at: ["Id"] } };
}

/** Much is done with it before it is stopped; by then it listens. */
const LOOP = "trap 'exit 3' TERM; echo out; echo err >&2; while :; do sleep 0.02; done";

const RICH: Body = {
  Cmd: ["sh", "-c", LOOP],
  Env: ["A=1", "EMPTY=", "FROM=here"],
  Labels: { own: "l" },
  Hostname: "talker",
  Domainname: "here",
  WorkingDir: "/tmp",
  User: "0:0",
  StopSignal: "TERM",
  StopTimeout: 5,
  ExposedPorts: { "90/udp": {} },
};
const RICH_HOST: Body = {
  Memory: 67_108_864,
  NanoCpus: 500_000_000,
  PidsLimit: 100,
  CapAdd: ["NET_ADMIN"],
  CapDrop: ["MKNOD"],
  ExtraHosts: ["one:1.2.3.4"],
  Dns: ["9.9.9.9"],
  Tmpfs: { "/scratch": "size=1m" },
  Ulimits: [{ Name: "nofile", Soft: 100, Hard: 200 }],
  ShmSize: 1_048_576,
  SecurityOpt: ["no-new-privileges"],
  LogConfig: { Type: "json-file", Config: { "max-size": "1m" } },
  Annotations: { note: "n" },
};

const creating: readonly Step[] = [
  create("an unknown image", { Image: "talk/nope" }),
  create("an image of a bad name", { Image: "Talk" }),
  create("a bad name", {}, {}, { name: "-x" }),
  create("too little memory", {}, { Memory: 1 }),
  create("an unknown capability", {}, { CapAdd: ["NOPE"] }),
  create("a bad signal", { StopSignal: "NOPE" }),
  create("a relative working directory", { WorkingDir: "tmp" }),
  create("an unknown security option", {}, { SecurityOpt: ["nope"] }),
  create("an unknown runtime", {}, { Runtime: "nope" }),
  create("a hostname beside the network of another", { Hostname: "x" }, { NetworkMode: "container:talk-a" }),
  post("create: nothing", "/containers/create", {}, { headers: JSON_TYPE }),
  post("create: no JSON", "/containers/create", {}, { headers: JSON_TYPE, body: Buffer.from("[") }),
  post("create: a form", "/containers/create", {}, { headers: { "content-type": "text/plain" }, body: Buffer.from("x") }),
  say("create: the wrong type", "/containers/create", { Image: 1 }),
  get("the moment before", "/_ping", {}, { clock: "before" }),
  { ...create("a bad platform", {}, {}, { name: "talk-p", platform: "nope" }), capture: { as: "p", at: ["Id"] } },
  made("a", RICH, RICH_HOST),
  made("b", { Cmd: ["sh", "-c", "echo only; exit 7"] }),
  made("c", { Cmd: ["/nope"], Entrypoint: [], Healthcheck: { Test: ["NONE"] } }),
  create("a name that is taken", {}, {}, { name: "talk-a" }),
];

function list(what: string, wanted: Body, query: Query = {}): Step {
  return get(`list: ${what}`, "/containers/json", { ...filters({ ...MINE, ...wanted }), ...query });
}

/** Inspect and list, of what does not run. */
const finding: readonly Step[] = [
  ...["talk-a", "{a}", "{a:12}", "talk-b", "talk-nope"].map((name) => get(`inspect: ${name}`, `/containers/${name}/json`)),
  list("what runs", {}),
  list("all", {}, { all: "1" }),
  list("the last", {}, { limit: "1" }),
  list("by name", { name: ["talk-[ab]"] }, { all: "1" }),
  list("by name in full", { name: ["^/talk-c$"] }, { all: "1" }),
  list("by ID", { id: ["{a}"] }, { all: "1" }),
  list("by status", { status: ["created"] }),
  list("by two statuses", { status: ["running", "exited"] }),
  list("by image", { ancestor: ["talk/box:1"] }, { all: "1" }),
  list("by an image that is not here", { ancestor: ["talk/nope"] }, { all: "1" }),
  list("by network", { network: ["none"] }, { all: "1" }),
  list("by what came before", { before: ["talk-b"] }, { all: "1" }),
  list("by what came since", { since: ["talk-a"] }, { all: "1" }),
  list("by health", { health: ["none"] }, { all: "1" }),
  list("by a bad status", { status: ["nope"] }),
  list("by a bad health", { health: ["nope"] }),
  list("by a bad exit code", { exited: ["nope"] }),
  list("by a container that is not here", { before: ["talk-nope"] }),
  list("by what no list knows", { nope: ["x"] }),
  list("a bad limit", {}, { limit: "x" }),
];

function act(what: string, name: string, verb: string, query: Query = {}): Step {
  return post(`${verb}: ${what}`, `/containers/${name}/${verb}`, query);
}

const running: readonly Step[] = [
  act("unknown", "talk-nope", "start"),
  say("start: with a body", "/containers/talk-a/start", { Binds: ["/x:/y"] }),
  act("a", "talk-a", "start"),
  act("a again", "talk-a", "start"),
  act("a program that is not there", "talk-c", "start"),
  get("inspect: what did not start", "/containers/talk-c/json"),
  act("b", "talk-b", "start"),
  act("b", "talk-b", "wait"),
  get("inspect: what has ended", "/containers/talk-b/json"),
  act("unknown", "talk-nope", "wait"),
  act("a bad condition", "talk-b", "wait", { condition: "nope" }),
  list("what has ended", { exited: ["7"] }, { all: "1" }),
];

function execute(what: string, body: Body, start: Body = {}): readonly Step[] {
  const id = what.replaceAll(/\W/g, "");
  return [
    {
      ...say(`exec: ${what}`, "/containers/talk-a/exec", { AttachStdout: true, AttachStderr: true, ...body }),
      capture: { as: id, at: ["Id"] },
    },
    get(`exec: ${what}, waiting`, `/exec/{${id}}/json`),
    say(`exec: ${what}, started`, `/exec/{${id}}/start`, start),
    get(`exec: ${what}, over`, `/exec/{${id}}/json`),
  ];
}

const executing: readonly Step[] = [
  get("inspect: what runs", "/containers/talk-a/json"),
  list("what runs now", {}),
  ...execute("both streams and a code", { Cmd: ["sh", "-c", "echo o; sleep 0.1; echo e >&2; exit 5"], Env: ["X=1"] }),
  ...execute("a user, a place", { Cmd: ["sh", "-c", "echo $(id -u) $(pwd) $A$X$FROM"], User: "7", WorkingDir: "/", Env: ["X=2"] }),
  ...execute("a program that is not there", { Cmd: ["nope"] }),
  ...execute("a terminal", { Cmd: ["echo", "x"], Tty: true }, { Tty: true }),
  say("exec: started twice", "/exec/{bothstreamsandacode}/start", {}),
  say("exec: started twice, aside", "/exec/{bothstreamsandacode}/start", { Detach: true }),
  say("exec: nothing", "/containers/talk-a/exec", { Cmd: [] }),
  say("exec: in what does not run", "/containers/talk-b/exec", { Cmd: ["true"] }),
  say("exec: in nothing", "/containers/talk-nope/exec", { Cmd: ["true"] }),
  say("exec: bad keys", "/containers/talk-a/exec", { Cmd: ["true"], DetachKeys: "nope" }),
  get("exec: unknown", "/exec/nope/json"),
  say("exec: unknown, started", "/exec/nope/start", {}),
  post("exec: unknown, resized", "/exec/nope/resize", { h: "1", w: "1" }),
];

function logs(what: string, name: string, query: Query): Step {
  return get(`logs: ${what}`, `/containers/${name}/logs`, query);
}

/** Of what has ended, so that nothing is being said meanwhile. */
const talking: readonly Step[] = [
  logs("neither stream", "talk-b", {}),
  logs("one stream", "talk-b", { stdout: "1" }),
  logs("the other", "talk-b", { stderr: "1" }),
  logs("with times", "talk-b", { stdout: "1", timestamps: "1" }),
  logs("none of the lines", "talk-b", { stdout: "1", tail: "0" }),
  logs("a tail that is none", "talk-b", { stdout: "1", tail: "x" }),
  logs("followed to the end", "talk-b", { stdout: "1", follow: "1" }),
  logs("until long ago", "talk-b", { stdout: "1", until: "1" }),
  logs("since long ago", "talk-b", { stdout: "1", since: "1.5" }),
  logs("unknown", "talk-nope", { stdout: "1" }),
  post("attach: to the log", "/containers/talk-b/attach", { logs: "1", stdout: "1" }),
  post("attach: unknown", "/containers/talk-nope/attach", { stream: "1" }),
  post("attach: bad keys", "/containers/talk-b/attach", { stream: "1", detachKeys: "nope" }),
  act("bad size", "talk-a", "resize", { h: "x", w: "1" }),
  act("unknown", "talk-nope", "resize", { h: "1", w: "1" }),
];

const pausing: readonly Step[] = [
  act("what has ended", "talk-b", "pause"),
  act("a", "talk-a", "pause"),
  act("a again", "talk-a", "pause"),
  get("inspect: what is paused", "/containers/talk-a/json"),
  list("what is paused", { status: ["paused"] }),
  say("exec: in what is paused", "/containers/talk-a/exec", { Cmd: ["true"] }),
  post("attach: to what is paused", "/containers/talk-a/attach", { stream: "1", stdout: "1" }),
  act("what is paused", "talk-a", "start"),
  act("a", "talk-a", "unpause"),
  act("a again", "talk-a", "unpause"),
  act("unknown", "talk-nope", "unpause"),
];

/** Names, limits, processes. */
const changing: readonly Step[] = [
  act("no name", "talk-a", "rename"),
  act("its own name", "talk-a", "rename", { name: "talk-a" }),
  act("a name that is taken", "talk-a", "rename", { name: "talk-b" }),
  act("a bad name", "talk-a", "rename", { name: "x y" }),
  act("another name", "talk-a", "rename", { name: "/talk-d" }),
  act("back", "talk-d", "rename", { name: "talk-a" }),
  say("update: limits", "/containers/talk-a/update", { Memory: 50_331_648, MemorySwap: 100_663_296, PidsLimit: 50 }),
  say("update: too little", "/containers/talk-a/update", { Memory: 1 }),
  say("update: beside another", "/containers/talk-a/update", { CpuQuota: 5000 }),
  say("update: unknown", "/containers/talk-nope/update", {}),
  get("top: its processes", "/containers/talk-a/top", { ps_args: "-o pid,comm" }, { keep: "shape" }),
  get("top: no processes", "/containers/talk-a/top", { ps_args: "-o comm" }),
  get("top: what has ended", "/containers/talk-b/top"),
  get("top: unknown", "/containers/talk-nope/top"),
  get("stats: once", "/containers/talk-a/stats", { stream: "0" }, { keep: "shape" }),
  get("stats: of what has ended", "/containers/talk-b/stats", { stream: "0" }),
  get("stats: unknown", "/containers/talk-nope/stats", { stream: "0" }),
];

const ending: readonly Step[] = [
  act("no signal", "talk-a", "kill", { signal: "NOPE" }),
  act("a signal that Linux lacks", "talk-a", "kill", { signal: "99" }),
  act("a signal", "talk-a", "kill", { signal: "sigcont" }),
  remove("remove: what runs", "/containers/talk-a"),
  act("not a number", "talk-a", "stop", { t: "x" }),
  act("a", "talk-a", "stop"),
  act("a again", "talk-a", "stop"),
  act("what has ended", "talk-a", "kill"),
  act("a", "talk-a", "wait"),
  get("inspect: what was stopped", "/containers/talk-a/json"),
  logs("what it said", "talk-a", { stdout: "1" }),
  act("what has ended", "talk-b", "restart"),
  act("b, restarted", "talk-b", "wait"),
  logs("what it said twice", "talk-b", { stdout: "1" }),
  act("unknown", "talk-nope", "stop"),
  act("unknown", "talk-nope", "restart"),
  act("unknown", "talk-nope", "kill"),
  act("unknown", "talk-nope", "pause"),
  act("unknown", "talk-nope", "rename", { name: "x" }),
  remove("remove: unknown", "/containers/talk-nope"),
  remove("remove: unknown, by force", "/containers/talk-nope", { force: "1" }),
  remove("remove: a link", "/containers/talk-a", { link: "1" }),
];

const over: readonly Step[] = [
  remove("remove: a", "/containers/talk-a", { v: "1" }),
  get("the moment after", "/_ping", {}, { clock: "after" }),
  get("events: all of it", "/events", { since: "{before}", until: "{after}", ...filters({ type: ["container"], ...MINE }) }),
  get("events: by container", "/events", { since: "{before}", until: "{after}", ...filters({ container: ["talk-b"], event: ["die"] }) }),
  post("prune: a label", "/containers/prune", filters(MINE), { keep: "sorted" }),
  post("prune: what no prune knows", "/containers/prune", filters({ nope: ["x"] })),
  post("prune: a bad moment", "/containers/prune", filters({ until: ["nope"] })),
  ...["talk-b", "talk-c", "talk-p"].map((name): Step => ({
    ...remove(`over: ${name}`, `/containers/${name}`, { force: "1" }),
    keep: "status",
  })),
  list("nothing is left", {}, { all: "1" }),
  { ...remove("image: gone", "/images/talk/box:1"), keep: "status" },
];
