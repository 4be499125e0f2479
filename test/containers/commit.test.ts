import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { readTar } from "#archive";
import { connect } from "#sdk";
import { cannotRun } from "../runtime/chains.ts";
import { serveContainers } from "./served-containers.ts";
import type { Json, ServedContainers } from "./served-containers.ts";

/** What Docker Engine 28.5 made of the same container; `undefined` where it has null, empty or nothing. */
const OWN = {
  Cmd: ["sh", "-c", "true"],
  Env: ["B=2", "A=1"],
  ExposedPorts: { "80/tcp": {} },
  Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 5_000_000_000 },
  Labels: { k: "v", z: "1" },
  StopSignal: "SIGINT",
  User: "0",
  Volumes: { "/data": {} },
  WorkingDir: "/wd",
};

/** What another config does not take over. */
const FOR_BUILDS = { Shell: ["/bin/sh", "-c"], OnBuild: ["RUN x"] };

describe("commit", { skip: cannotRun() }, () => {
  let served: ServedContainers;
  let id: string;

  before(async () => {
    served = await serveContainers();
    id = await served.run("true", { ...OWN, ...FOR_BUILDS });
    await served.call(`POST /containers/${id}/wait`);
  });
  after(() => served[Symbol.asyncDispose]());

  async function inspect(image: unknown): Promise<Json> {
    return served.call(`GET /images/${String(image)}/json`);
  }

  async function committed(query: string, body?: unknown): Promise<Json> {
    const { Id } = await served.call(`POST /commit?container=${id}${query}`, { status: 201, ...(body !== undefined && { body }) });
    return inspect(Id);
  }

  function said(config: unknown): Json {
    const isSaid = ([, value]: [string, unknown]): boolean =>
      value !== null && value !== "" && value !== false && (typeof value !== "object" || Object.keys(value).length > 0);
    return Object.fromEntries(Object.entries(config as Json).filter(isSaid));
  }

  for (const [what, body, changed] of [
    ["nothing", undefined, FOR_BUILDS],
    ["null", null, FOR_BUILDS],
    ["an empty document", {}, FOR_BUILDS],
    ["members of other documents alone", { HostConfig: { Memory: 5 }, Foo: 1 }, FOR_BUILDS],
    ["a working directory", { WorkingDir: "/a/../b/" }, { WorkingDir: "/a/../b/" }],
    ["a command and variables", { Cmd: ["only"], Env: ["A=9"] }, { Cmd: ["only"], Env: ["A=9", "B=2"] }],
    ["an entrypoint of nothing", { Entrypoint: [] }, {}],
    ["an entrypoint", { Entrypoint: ["e"] }, { Entrypoint: ["e"], Cmd: undefined }],
    [
      "some of everything",
      {
        Labels: { k: "mine", n: "1" },
        User: "5",
        ExposedPorts: { "81/tcp": {} },
        Volumes: { "/q": {} },
        Healthcheck: { Test: ["NONE"] },
        OnBuild: ["RUN x"],
        Shell: ["/bin/x"],
        Hostname: "left out",
      },
      {
        Labels: { k: "mine", n: "1", z: "1" },
        User: "5",
        ExposedPorts: { "80/tcp": {}, "81/tcp": {} },
        Volumes: { "/data": {}, "/q": {} },
        Healthcheck: { Test: ["NONE"], Interval: 5_000_000_000 },
        OnBuild: ["RUN x"],
        Shell: ["/bin/x"],
      },
    ],
  ] as const) {
    test(`a body with ${what} is filled from the container`, async () => {
      const { Config } = await committed("", body);
      assert.deepEqual(said(Config), said({ ...OWN, ...changed, ...("Cmd" in changed && changed.Cmd === undefined && { Cmd: null }) }));
    });
  }

  for (const [changes, changed] of [
    [['CMD ["x", "y"]', "ENV A=5 C=6"], { Cmd: ["x", "y"], Env: ["B=2", "A=5", "C=6"] }],
    [["expose 8080 81/udp"], { ExposedPorts: { "80/tcp": {}, "8080/tcp": {}, "81/udp": {} } }],
    [
      ["ENV X=1\nCMD echo $X\n# comment\nWORKDIR sub"],
      { Env: ["B=2", "A=1", "X=1"], Cmd: ["/bin/sh", "-c", "echo $X"], WorkingDir: "/wd/sub" },
    ],
    [["USER $B", "STOPSIGNAL 9", "ONBUILD RUN ls"], { User: "2", StopSignal: "9", OnBuild: ["RUN x", "RUN ls"] }],
    [['ENTRYPOINT ["e"]'], { Entrypoint: ["e"], Cmd: null }],
    [["CMD []"], {}],
    [["HEALTHCHECK --interval=3s CMD foo bar"], { Healthcheck: { Test: ["CMD-SHELL", "foo bar"], Interval: 3_000_000_000 } }],
  ] as const) {
    test(`changes are instructions: ${JSON.stringify(changes)}`, async () => {
      const { Config } = await committed(changes.map((change) => `&changes=${encodeURIComponent(change)}`).join(""));
      assert.deepEqual(said(Config), said({ ...OWN, ...FOR_BUILDS, ...changed }));
    });
  }

  for (const [query, status, message] of [
    ["container=", 400, 'invalid name or ID supplied: ""'],
    ["container=nope", 404, "No such container: nope"],
    ["container=ID&repo=UP", 400, "invalid reference format: repository name (library/UP) must be lowercase"],
    ["container=ID&repo=x&tag=b/d", 400, "invalid tag format"],
    [`container=ID&repo=a@sha256:${"0".repeat(64)}`, 400, "cannot import digest reference"],
    ["container=ID&changes=run+x", 400, "run is not a valid change command"],
    ["container=ID&changes=EXPOSE+zz", 400, "Invalid containerPort: zz"],
    ["container=ID&changes=", 400, "file with no instructions"],
  ] as const) {
    test(`refusals have Docker's words: ${query}`, async () => {
      const reply = await served.ask(`POST /commit?${query.replace("ID", id)}`);
      assert.deepEqual([reply.status, JSON.parse(reply.text)], [status, { message }]);
    });
  }

  test("the image has the container's changes as a layer, its command in the history and its image as the parent", async () => {
    const changed = await served.run(
      "mkdir -p /n/m; echo x >/n/f; rm /bin/cat; echo 1 >>/etc/hosts; ln /bin/busybox /etc/link; echo v >/mnt/f",
      {},
      {
        Tmpfs: { "/mnt": "" },
      },
    );
    await served.call(`POST /containers/${changed}/wait`);
    const { Id } = await served.call(`POST /commit?container=${changed}&repo=made&tag=1&comment=hello&author=me`, { status: 201 });
    const { Parent, RootFS, RepoTags, Author, Comment, Architecture } = await inspect(Id);
    const base = await inspect("box:1");
    assert.deepEqual([Parent, RepoTags, Author, Comment, Architecture], [base["Id"], ["made:1"], "me", "hello", base["Architecture"]]);
    const layers = (RootFS as { Layers: string[] }).Layers;
    assert.deepEqual(layers.slice(0, -1), (base["RootFS"] as { Layers: string[] }).Layers);
    const history = JSON.parse((await served.ask("GET /images/made:1/history")).text) as Json[];
    assert.deepEqual(
      [history.length, history[0]?.["CreatedBy"], history[0]?.["Comment"]],
      [2, "sh -c mkdir -p /n/m; echo x >/n/f; rm /bin/cat; echo 1 >>/etc/hosts; ln /bin/busybox /etc/link; echo v >/mnt/f", "hello"],
    );
    assert.deepEqual(await lastLayerOf("made:1"), [
      "bin/",
      "bin/busybox",
      "bin/.wh.cat",
      "etc/",
      "etc/link -> bin/busybox",
      "mnt/",
      "n/",
      "n/f x",
      "n/m/",
    ]);
    const again = await served.run('test ! -e /bin/cat && test -d /n/m && test "$(while read l; do echo $l; done </n/f)" = x', {
      Image: "made:1",
    });
    assert.equal((await served.call(`POST /containers/${again}/wait`))["StatusCode"], 0);
  });

  async function lastLayerOf(image: string): Promise<string[]> {
    const archive = await served.ask(`GET /images/${image}/get`);
    const files = new Map<string, Buffer>();
    for await (const { header, body } of readTar(once(archive.body))) files.set(header.path, Buffer.concat(await Array.fromAsync(body)));
    const [{ Layers = [] } = {}] = JSON.parse(String(files.get("manifest.json"))) as { Layers?: string[] }[];
    const names: string[] = [];
    for await (const { header, body } of readTar(once(files.get(Layers.at(-1) ?? "") ?? Buffer.alloc(0)))) {
      const text = Buffer.concat(await Array.fromAsync(body))
        .toString()
        .trim();
      const what = header.linkPath === "" ? text : `-> ${header.linkPath}`;
      names.push(what === "" || header.size > 100 ? header.path : `${header.path} ${what}`);
    }
    return names;
  }

  test("who changed nothing gets no layer, and an entry in the history that says so", async () => {
    const idle = await served.create("true");
    const { Id } = await served.call(`POST /commit?container=${idle}`, { status: 201 });
    const [made, base] = [await inspect(Id), await inspect("box:1")];
    assert.deepEqual(made["RootFS"], base["RootFS"]);
    assert.equal(made["Size"], base["Size"]);
  });

  for (const pause of [true, false]) {
    test(`a running container ${pause ? "stands still and goes on" : "goes on meanwhile"}, and everything is told in order`, async () => {
      const running = await served.run("echo x >/f; sleep 1000");
      const told: string[] = [];
      const events = await served.open(`GET /events?filters=${encodeURIComponent('{"type":["container","image"]}')}`);
      events.setEncoding("utf8");
      const listening = (async () => {
        for await (const text of events) for (const line of String(text).split("\n")) if (line !== "") told.push(line);
      })().catch(() => undefined);
      await served.call(`POST /commit?container=${running}&repo=still&tag=${String(pause)}&comment=c&pause=${pause ? 1 : 0}`, {
        status: 201,
      });
      const wanted = pause ? 5 : 3;
      while (told.length < wanted) await new Promise((resolve) => setImmediate(resolve));
      events.destroy();
      await listening;
      const actions = told.map((line) => JSON.parse(line) as { Type: string; Action: string; Actor: { Attributes: Json } });
      const middle = ["image create", "image tag", "container commit"];
      assert.deepEqual(
        actions.map(({ Type, Action }) => `${Type} ${Action}`),
        pause ? ["container pause", ...middle, "container unpause"] : middle,
      );
      const { Attributes } = actions.find(({ Action }) => Action === "commit")?.Actor ?? { Attributes: {} };
      assert.deepEqual([Attributes["comment"], Attributes["imageRef"]], ["c", `still:${String(pause)}`]);
      assert.equal(((await served.call(`GET /containers/${running}/json`))["State"] as Json)["Status"], "running");
      await served.call(`DELETE /containers/${running}?force=1`);
    });
  }

  test("a commit that is aborted lets the container go on, and leaves no image", async () => {
    const running = await served.run("while ! dd if=/dev/zero of=/big bs=1M count=200; do :; done; sleep 1000");
    const abort = new AbortController();
    const attempt = served.engine.containers.commit(running, { repository: "never" }, { signal: abort.signal });
    setImmediate(() => abort.abort());
    await assert.rejects(attempt);
    assert.equal(((await served.call(`GET /containers/${running}/json`))["State"] as Json)["Status"], "running");
    assert.equal((await served.ask("GET /images/never/json")).status, 404);
    await served.call(`DELETE /containers/${running}?force=1`);
  });

  test("the client commits too", async () => {
    await using client = await connect({ host: `unix://${served.socketPath}` });
    const { Id } = await client.imageCommit(id, { repo: "by-client", changes: ["ENV BY=client"], config: { Env: ["C=3"] } });
    const { Config, RepoTags } = await client.imageInspect(Id);
    assert.deepEqual([Config?.Env, RepoTags], [["C=3", "BY=client", "B=2", "A=1"], ["by-client:latest"]]);
  });

  test("nothing stays mounted for a container that does not run", () => {
    assert.doesNotMatch(readFileSync("/proc/self/mounts", "utf8"), new RegExp(id));
  });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
