import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import Dockerode from "dockerode";

import { jsonLines, readTar, send, tarOf } from "../workbench/index.ts";
import { openDaemon } from "./daemon.ts";
import { APP, ARCHIVE, MULTI_ARCHIVE, NAMELESS, NAMELESS_ARCHIVE, OLD, ROOTFS } from "./images.ts";

interface Message {
  readonly stream?: string;
  readonly status?: string;
  readonly error?: string;
}

/** What the published types leave open, or leave out. */
interface Reader {
  followProgress(
    stream: NodeJS.ReadableStream,
    onFinished: (failure: Error | null, output: Message[] | undefined) => void,
    onProgress: (message: Message) => void,
  ): void;
}
interface Untyped {
  getImages(options: { readonly names: readonly string[] }): Promise<Readable>;
}

/** dockerode asks without a version, and so in the newest. */
test("dockerode", async (t) => {
  await using daemon = await openDaemon();
  const docker = new Dockerode({ socketPath: daemon.socket });

  await t.test("ping, version and info", async () => {
    assert.equal(String(await docker.ping()), "OK");
    const version = await docker.version();
    assert.deepEqual([version.ApiVersion, version.MinAPIVersion, version.Os], ["1.55", "1.24", "linux"]);
    const info = (await docker.info()) as { ServerVersion: string; Images: number };
    assert.deepEqual([info.ServerVersion, info.Images], [version.Version, 0]);
  });

  await t.test("loadImage streams what followProgress reads", async () => {
    const { output, seen } = await follow(await docker.loadImage(Readable.from([ARCHIVE])));
    assert.equal(textOf(output), "Loaded image: demo/app:1\nLoaded image: demo/old:1\n");
    assert.deepEqual(seen, output);
    const loud = await follow(await docker.loadImage(Readable.from([NAMELESS_ARCHIVE]), { quiet: false }));
    assert.equal(textOf(loud.output), `Loaded image ID: ${NAMELESS.id}\n`);
  });

  await t.test("loadImage: what is wrong with an archive is an error of the stream", async () => {
    const { output, failure } = await follow(await docker.loadImage(Readable.from([ROOTFS])));
    assert.equal(failure?.message ?? output.at(-1)?.error, "invalid archive: does not contain a manifest.json");
  });

  await t.test("listImages, with filters and manifests", async () => {
    assert.deepEqual(ids(await docker.listImages()), [APP.id, NAMELESS.id, OLD.id]);
    assert.deepEqual(ids(await docker.listImages({ filters: { label: ["team=harbour"] } })), [APP.id]);
    assert.deepEqual(ids(await docker.listImages({ filters: JSON.stringify({ dangling: ["true"] }) })), [NAMELESS.id]);
    const asked = { filters: { reference: ["demo/app"] }, manifests: true, "shared-size": true };
    const [app] = await docker.listImages(asked);
    assert.deepEqual([app?.RepoTags, app?.Size, app?.SharedSize], [["demo/app:1"], 5020, 20]);
    assert.equal((app as { Manifests?: unknown[] } | undefined)?.Manifests?.length, 1);
    await fails(docker.listImages({ filters: { color: ["red"] } }), 400, "invalid filter 'color'");
  });

  await t.test("inspect, history, tag and remove", async () => {
    const app = docker.getImage("demo/app:1");
    const inspected = await app.inspect();
    assert.deepEqual([inspected.Id, inspected.RepoTags, inspected.RootFS.Layers], [APP.id, ["demo/app:1"], APP.diffIds]);
    const history = (await app.history()) as { Id: string; CreatedBy: string; Size: number }[];
    assert.deepEqual(
      history.map(({ Id, CreatedBy, Size }) => [Id, CreatedBy, Size]),
      [
        [APP.id, "layer 2", 5000],
        ["<missing>", "layer 1", 20],
      ],
    );
    await app.tag({ repo: "demo/other", tag: "2" });
    await fails(docker.getImage(APP.id).remove(), 409, /^conflict: unable to delete \w{12} \(must be forced\)/);
    assert.deepEqual(await docker.getImage("demo/other:2").remove(), [{ Untagged: "demo/other:2" }]);
    assert.deepEqual(await docker.getImage(NAMELESS.id).remove({ force: true }), [{ Deleted: NAMELESS.id }]);
  });

  await t.test("what is not there is a 404 with Docker's words", async () => {
    const none = docker.getImage("demo/none");
    const attempts = [
      () => none.inspect(),
      () => none.history(),
      () => none.get(),
      () => none.remove(),
      () => none.tag({ repo: "demo/x" }),
    ];
    for (const attempt of attempts) await fails(attempt(), 404, "No such image: demo/none:latest");
  });

  await t.test("get and getImages stream archives that loadImage takes", async () => {
    const one = await buffer(await docker.getImage("demo/app:1").get());
    assert.deepEqual(manifestOf(one), [["demo/app:1"]]);
    const both = await buffer(await (docker as unknown as Untyped).getImages({ names: ["demo/app:1", "demo/old:1"] }));
    assert.deepEqual(manifestOf(both), [["demo/app:1"], ["demo/old:1"]]);
    await docker.getImage("demo/app:1").remove();
    await follow(await docker.loadImage(Readable.from([one])));
    assert.equal((await docker.getImage("demo/app:1").inspect()).Id, APP.id);
  });

  await t.test("importImage makes an image and says its ID", async () => {
    const options = { repo: "demo/imported", tag: "1", changes: "ENV A=b", message: "hello" };
    const { output } = await follow(await docker.importImage(Readable.from([ROOTFS]), options));
    const { Id, Config, Comment } = await docker.getImage("demo/imported:1").inspect();
    assert.deepEqual([output.at(-1)?.status, Config.Env, Comment], [Id, ["A=b"], "hello"]);
  });

  await t.test("getEvents: what happens, while it happens", async () => {
    const events = (await docker.getEvents({ filters: { event: ["tag", "untag"] }, since: 0 })) as Readable;
    await docker.getImage("demo/app:1").tag({ repo: "demo/event" });
    await docker.getImage("demo/event").remove();
    const text: Buffer[] = [];
    for await (const chunk of events as AsyncIterable<Buffer>) {
      text.push(chunk);
      const seen = jsonLines(Buffer.concat(text)) as { Action?: string; Actor?: { ID: string; Attributes: { name: string } } }[];
      const at = seen.findIndex(({ Actor }) => Actor?.Attributes.name === "demo/event:latest");
      if (at !== -1 && seen[at + 1]?.Action === "untag") break;
    }
    events.destroy();
  });

  await t.test("df and pruneImages", async () => {
    await follow(await docker.loadImage(Readable.from([MULTI_ARCHIVE])));
    const { Images } = (await docker.df()) as { Images: { Id: string; Containers: number }[] };
    assert.deepEqual(ids(Images).toSorted(), ids(await docker.listImages()).toSorted());
    await docker.getImage("demo/old:1").tag({ repo: "demo/app", tag: "1" });
    assert.deepEqual(await docker.pruneImages({ filters: { "label!": ["team"] } }), { ImagesDeleted: null, SpaceReclaimed: 0 });
    const { ImagesDeleted, SpaceReclaimed } = await docker.pruneImages();
    assert.deepEqual([ImagesDeleted[0], SpaceReclaimed], [{ Deleted: APP.id }, 5000]);
    await docker.pruneImages({ filters: { dangling: { false: true } } });
    assert.deepEqual(await docker.listImages({ all: true }), []);
  });

  await t.test("a version that is asked for is the one that answers", async () => {
    const old = new Dockerode({ socketPath: daemon.socket, version: "v1.24" });
    await follow(await old.loadImage(Readable.from([ARCHIVE])));
    const [app] = await old.listImages({ filters: { reference: ["demo/app"] } });
    assert.equal(app?.VirtualSize, 5020);
    assert.equal("VirtualSize" in (await docker.getImage("demo/app:1").inspect()), false);
  });

  await t.test("buildImage streams what followProgress reads", async () => {
    const context = tarOf([
      { name: "Dockerfile", data: "FROM demo/app:1\nARG A\nLABEL a=$A\nCOPY file /\n" },
      { name: "file", data: "hello" },
    ]);
    const options = { t: "demo/built:1", buildargs: { A: "1" }, labels: { b: "2" } };
    const { output, seen } = await follow(await docker.buildImage(Readable.from([context]), options));
    const { Id, Config, RootFS } = await docker.getImage("demo/built:1").inspect();
    assert.deepEqual([Config.Labels, RootFS.Layers?.length], [{ a: "1", b: "2", team: "harbour" }, 3]);
    assert.match(textOf(output), /^Step 1\/5 : FROM demo\/app:1\n/);
    assert.match(textOf(output), new RegExp(`Successfully built ${Id.slice(7, 19)}\nSuccessfully tagged demo/built:1\n$`));
    assert.deepEqual(seen, output);
  });

  await t.test("a build of version 2 streams what dockerode's decoder of BuildKit's messages reads", async () => {
    const build = async (data: string): Promise<string> => {
      // Its own `buildImage` opens a session first.
      const body = tarOf([{ name: "Dockerfile", data }]);
      const answer = await send(daemon.socket, { method: "POST", path: "/build?version=2&t=demo/two:1", body });
      const stream = Readable.from([answer.body]);
      const { promise, resolve } = Promise.withResolvers<Message[]>();
      (docker as unknown as Reader).followProgress(
        stream,
        (_failure, output) => resolve(output ?? []),
        () => {},
      );
      return textOf(await promise);
    };
    const said = await build("FROM scratch\nLABEL a=b\nADD --chmod=600 <<EOF /f\nEOF\n");
    const { Id } = await docker.getImage("demo/two:1").inspect();
    assert.match(said, /\[2\/3\] LABEL a=b\n[^]*exporting to image/);
    assert.match(said, new RegExp(`Built image: ${Id}`));
    assert.match(await build("FROM scratch\nLABEL a=b\n"), /CACHED: \[2\/2\] LABEL a=b/);
    assert.match(await build("FROM scratch\nCOPY none /\n"), /ERROR: COPY failed: file not found/);
  });

  await t.test("buildImage: what is wrong is a status before the first step, and an error of the stream after it", async () => {
    const dockerfile = (data: string) => Readable.from([tarOf([{ name: "Dockerfile", data }])]);
    await fails(docker.buildImage(dockerfile("FROM scratch\nFETCH x\n")), 400, /unknown instruction: FETCH/);
    const { output, failure } = await follow(await docker.buildImage(dockerfile("FROM scratch\nCOPY none /\n")));
    const words = "COPY failed: file not found in build context or excluded by .dockerignore: stat none: file does not exist";
    assert.equal(failure?.message ?? output.at(-1)?.error, words);
  });

  await t.test("what is not built yet is refused in words", async () => {
    await fails(docker.pull("127.0.0.1:1/none:1"), 500, /connect: connection refused/);
    const published = docker.createContainer({ Image: "demo/app:1", Cmd: ["x"], HostConfig: { PublishAllPorts: true } });
    await fails(published, 501, /^publishing ports is not implemented by slipway/);
  });
});

interface Followed {
  readonly output: Message[];
  readonly seen: Message[];
  readonly failure: Error | undefined;
}

/** Drains a stream with dockerode's own reader: what it hands over at the end, and what it said on the way. */
function follow(stream: NodeJS.ReadableStream): Promise<Followed> {
  const seen: Message[] = [];
  const { promise, resolve } = Promise.withResolvers<Followed>();
  const modem = new Dockerode().modem as Reader;
  modem.followProgress(
    stream,
    (failure, output) => resolve({ output: output ?? [], seen, failure: failure ?? undefined }),
    (message) => seen.push(message),
  );
  return promise;
}

/** dockerode puts the engine's words behind its own: `(HTTP code 404) no such image - <words> `. */
async function fails(attempt: Promise<unknown>, statusCode: number, words: string | RegExp): Promise<void> {
  await assert.rejects(attempt, (error: Error & { statusCode?: number }) => {
    assert.equal(error.statusCode, statusCode);
    const said = error.message.slice(error.message.indexOf(" - ") + 3).trim();
    if (typeof words === "string") assert.equal(said, words);
    else assert.match(said, words);
    return true;
  });
}

function textOf(output: readonly Message[]): string {
  return output.map(({ stream = "" }) => stream).join("");
}

function ids(images: readonly { readonly Id: string }[]): string[] {
  return images.map(({ Id }) => Id);
}

function manifestOf(archive: Buffer): string[][] {
  const manifest = JSON.parse(String(readTar(archive).data.get("manifest.json"))) as { RepoTags: string[] }[];
  return manifest.map(({ RepoTags }) => RepoTags).toSorted((a, b) => String(a).localeCompare(String(b)));
}
