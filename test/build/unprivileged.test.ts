import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chown, readdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { LayerIndex, LayerScanner, TreeView } from "#archive";
import { busyboxTar } from "../runtime/chains.ts";
import { fsck, jsonLines, readTar, send, startSlipway, temporaryFolder } from "../workbench/index.ts";
import type { Slipway } from "../workbench/index.ts";
import { tarOfFiles } from "./context-files.ts";
import type { Files } from "./context-files.ts";
import { describeTree } from "./describe-tree.ts";

/** Nobody's, on every Linux. */
const ORDINARY = { uid: 65_534, gid: 65_534 };

const BUILDS = `FROM scratch AS first
COPY --chown=5:6 --chmod=600 dir/inner /made/

FROM scratch
COPY <<passwd /etc/
app:x:1000:2000::/:/bin/sh
passwd
ENV A=b
WORKDIR /work
COPY --chown=app file .
COPY --from=first /made /from
ADD archive.tar /
ADD --chown=2000000000:3 --chmod=640 file /alien
USER app
`;

const SECRETS = { "X-Slipway-Secrets": Buffer.from(JSON.stringify({ s: "cw==" })).toString("base64url") };

const RUNS = {
  "a command": "RUN true",
  "a program": 'RUN ["/bin/true"]',
  "a script": "RUN <<end\n#!/bin/sh\ntrue\nend",
  "a secret": "RUN --mount=type=secret,id=s true",
  "a cache": "RUN --mount=type=cache,target=/c,uid=7 true",
  "files of the context": "RUN --mount=type=bind,target=/c true",
};

describe("an engine of an ordinary user", { skip: cannotBeOrdinary() }, () => {
  const opened = new AsyncDisposableStack();
  let daemon: Slipway;
  let dataRoot: string;

  const start = (): Promise<Slipway> =>
    startSlipway(dataRoot, { user: ORDINARY, environment: { HOME: dirname(dataRoot), XDG_CONFIG_HOME: undefined } });

  before(async () => {
    const { path } = opened.use(await temporaryFolder());
    dataRoot = `${path}/data`;
    await chown(path, ORDINARY.uid, ORDINARY.gid);
    daemon = opened.use(await start());
    const { body } = await send(daemon.socket, { method: "POST", path: "/images/create?fromSrc=-&repo=busybox", body: await busyboxTar() });
    assert.match(body.toString(), /sha256:/);
  });
  after(() => opened.disposeAsync());

  async function build(text: string, files: Files = {}): Promise<readonly unknown[]> {
    const body = await tarOfFiles({ Dockerfile: text, ...files });
    return jsonLines((await send(daemon.socket, { method: "POST", path: "/build?t=built&networkmode=none", headers: SECRETS, body })).body);
  }

  test("builds what runs nothing, with every owner, right and device that was asked for", async () => {
    const archive = await tarOfFiles({
      "own/": { uid: 0, gid: 0, mode: 0o700 },
      "own/file": { text: "f", uid: 12, gid: 34, mode: 0o4755 },
      "own/device": { device: [1, 3] },
    });
    const said = await build(BUILDS, { file: { text: "text", uid: 77, gid: 88 }, "dir/inner": "inner", "archive.tar": { text: archive } });
    assert.match(JSON.stringify(said.at(-1)), /Successfully tagged built:latest/);
    assert.deepEqual(await filesOf("built"), {
      alien: "0640 2000000000:3 text",
      "etc/": "0755 0:0",
      "etc/passwd": "0644 0:0 app:x:1000:2000::/:/bin/sh\n",
      "from/": "0755 0:0",
      "from/inner": "0600 5:6 inner",
      "own/": "0700 0:0",
      "own/device": "0644 0:0 char-device 1,3",
      "own/file": "4755 12:34 f",
      "work/": "0755 0:0",
      "work/file": "0644 1000:2000 text",
    });
    const { body } = await send(daemon.socket, { method: "GET", path: "/images/built/json" });
    const { Config: config } = JSON.parse(body.toString()) as { Config: Record<string, unknown> };
    assert.deepEqual([config["User"], config["WorkingDir"], (config["Env"] as string[]).at(-1)], ["app", "/work", "A=b"]);
  });

  for (const [what, run] of Object.entries(RUNS)) {
    test(`says at once that RUN needs root: ${what}`, async () => {
      const message = `RUN needs root: only root may unpack and mount layers, and this is user ${ORDINARY.uid}`;
      const said = await build(`FROM busybox\n${run}\n`, { file: "f" });
      assert.deepEqual(said.at(-1), { errorDetail: { message }, error: message });
    });
  }

  test("has everything in its own folder, whole, and serves it again", async () => {
    const left = await readdir(dataRoot, { recursive: true });
    const owners = await Promise.all(left.map(async (name) => (await stat(`${dataRoot}/${name}`)).uid));
    assert.deepEqual([...new Set(owners)], [ORDINARY.uid]);
    await daemon.stop();
    assert.deepEqual(await fsck(dataRoot).then(({ status }) => status), 0);
    await using again = await start();
    assert.equal((await send(again.socket, { method: "DELETE", path: "/images/built" })).status, 200);
    assert.equal((await send(again.socket, { method: "POST", path: "/build/prune?all=1" })).status, 200);
  });

  async function filesOf(name: string): Promise<Record<string, string>> {
    const { body } = await send(daemon.socket, { method: "GET", path: `/images/${name}/get` });
    const { data } = readTar(body);
    const [manifest] = JSON.parse(String(data.get("manifest.json"))) as [{ readonly Layers: readonly string[] }];
    const tars = manifest.Layers.map((layer) => data.get(layer) ?? assert.fail(`the archive has no ${layer}`));
    return describeTree(new TreeView(tars.map(indexOf)), tars);
  }
});

function indexOf(tar: Uint8Array): LayerIndex {
  const scanner = new LayerScanner();
  scanner.push(tar);
  return LayerIndex.open(scanner.finish().index);
}

function cannotBeOrdinary(): string | false {
  if (process.getuid?.() !== 0) return "only root may become another user";
  const main = fileURLToPath(new URL("../../src/daemon/main.ts", import.meta.url));
  const { status } = spawnSync(process.execPath, ["--conditions=source", main, "--help"], ORDINARY);
  return status === 0 ? false : "other users cannot read this checkout, or run this Node.js";
}
