import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { APP, ARCHIVE, OLD, short } from "../images.ts";
import { lines, openDocker, skip } from "./docker.ts";

const PROGRAM = new URL("../../../package.json", import.meta.url);

test("docker version, info, system df and events", { skip }, async (t) => {
  await using docker = await openDocker();
  const { version } = JSON.parse(await readFile(PROGRAM, "utf8")) as { version: string };

  await t.test("version and info tell whom the client speaks with", async () => {
    const format = "{{.Server.Platform.Name}} {{.Server.Version}} {{.Server.Os}} {{.Server.APIVersion}} {{.Server.MinAPIVersion}}";
    assert.equal(await docker.print("version", "--format", format), `Slipway ${version} linux 1.55 1.24\n`);
    assert.match(
      await docker.print("version"),
      /^Server: Slipway\n Engine:\n {2}Version: +\S+\n {2}API version: +1\.55 \(minimum version 1\.24\)$/m,
    );
    const text = await docker.print("info");
    assert.match(text, /^ Images: 0$[^]*^ {2}driver-type: io\.containerd\.snapshotter\.v1$/m);
    const facts = await docker.print("info", "--format", "{{.ServerVersion}} {{.OSType}} {{.Swarm.LocalNodeState}} {{.DockerRootDir}}");
    assert.equal(facts, `${version} linux inactive ${docker.folder}/data\n`);
  });

  await t.test("system df of nothing, and of images that share a layer", async () => {
    const nothing = [
      "Containers      0         0         0B        0B",
      "Local Volumes   0         0         0B        0B",
      "Build Cache     0         0         0B        0B",
    ];
    const heading = "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE";
    assert.deepEqual(lines(await docker.print("system", "df")), [heading, "Images          0         0         0B        0B", ...nothing]);
    await docker.run(["load"], { stdin: ARCHIVE });
    assert.deepEqual(lines(await docker.print("system", "df")), [
      heading,
      "Images          2         0         5.02kB    5.02kB (100%)",
      ...nothing,
    ]);
    const verbose = lines((await docker.print("system", "df", "-v")).replaceAll(/\d+ years ago/g, "N years ago"));
    assert.deepEqual(verbose.slice(0, 4), [
      "Images space usage:",
      "REPOSITORY   TAG       IMAGE ID       CREATED       SIZE      SHARED SIZE   UNIQUE SIZE   CONTAINERS",
      `demo/app     1         ${short(APP.id)}   N years ago   5.02kB    20B           5kB           0`,
      `demo/old     1         ${short(OLD.id)}   N years ago   20B       20B           0B            0`,
    ]);
    const [images] = lines(await docker.print("system", "df", "--format", "json"));
    assert.deepEqual(JSON.parse(images ?? ""), {
      Active: "0",
      Reclaimable: "5.02kB (100%)",
      Size: "5.02kB",
      TotalCount: "2",
      Type: "Images",
    });
  });

  await t.test("events come while things happen, and filters choose among them", async () => {
    const live = docker.follow("events", "--since", "0", "--filter", "event=tag", "--filter", "event=untag", "--format", "json");
    // The first tag is replayed, which shows that the client listens; what follows it is live.
    await docker.print("tag", "demo/app:1", "demo/event:1");
    const seen = [await next(live)];
    await docker.print("rmi", "demo/event:1");
    seen.push(await next(live));
    await live.return?.();
    const events = seen.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      events.map((event) => ({ ...event, time: 0, timeNano: 0 })),
      [
        {
          status: "tag",
          id: APP.id,
          Type: "image",
          Action: "tag",
          Actor: { ID: APP.id, Attributes: { name: "demo/event:1", team: "harbour" } },
          scope: "local",
          time: 0,
          timeNano: 0,
        },
        {
          status: "untag",
          id: APP.id,
          Type: "image",
          Action: "untag",
          Actor: { ID: APP.id, Attributes: { name: APP.id, team: "harbour" } },
          scope: "local",
          time: 0,
          timeNano: 0,
        },
      ],
    );
    for (const { time, timeNano } of events) assert.equal(Math.floor(Number(timeNano) / 1e9), time);
  });

  await t.test("events are replayed between --since and --until", async () => {
    // A duration would be cut to the whole second by the client.
    const now = ((Date.now() + 5) / 1000).toFixed(3);
    const all = ["events", "--since", "1h", "--until", now, "--format", "{{.Action}}"];
    assert.deepEqual(lines(await docker.print(...all)), ["load", "load", "tag", "untag"]);
    assert.deepEqual(lines(await docker.print(...all, "--filter", "event=load")), ["load", "load"]);
    assert.deepEqual(lines(await docker.print(...all, "--filter", "label=team=lighthouse")), ["load"]);
    assert.deepEqual(lines(await docker.print(...all, "--filter", "image=demo/event:1")), ["tag"]);
    assert.deepEqual(lines(await docker.print(...all, "--filter", "type=container")), []);
    assert.deepEqual(lines(await docker.print("events", "--since", "0", "--until", "1", "--format", "{{.Action}}")), []);
    const [first] = lines(await docker.print("events", "--since", "1h", "--until", now, "--filter", "event=tag"));
    assert.match(first ?? "", new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z image tag ${APP.id} \\(name=demo/event:1, team=harbour\\)$`));
    const refused = await docker.run(["events", "--since", "zz"]);
    assert.deepEqual(refused, { status: 1, stdout: "", stderr: 'failed to parse value as time or duration: "zz"\n' });
  });

  for (const asked of ["1.24", "1.41", "1.43", "1.47"]) {
    await t.test(`a client of API ${asked} is answered in it`, async () => {
      const env = { DOCKER_API_VERSION: asked };
      const print = async (...args: readonly string[]): Promise<string> => {
        const { status, stdout, stderr } = await docker.run(args, { env });
        assert.deepEqual([status, stderr], [0, ""], args.join(" "));
        return stdout;
      };
      assert.equal(await print("version", "--format", "{{.Client.APIVersion}} {{.Server.APIVersion}}"), `${asked} 1.55\n`);
      assert.deepEqual(lines(await print("images", "-q")), [short(APP.id), short(OLD.id)]);
      assert.deepEqual(lines(await print("images", "--format", "{{.Repository}}:{{.Tag}} {{.Size}}")), [
        "demo/app:1 5.02kB",
        "demo/old:1 20B",
      ]);
      const inspected = JSON.parse(await print("image", "inspect", "demo/app:1")) as Record<string, unknown>[];
      assert.equal("VirtualSize" in (inspected[0] ?? {}), ["1.24", "1.41", "1.43"].includes(asked));
      assert.deepEqual(lines(await print("history", "-q", "demo/app:1")), [short(APP.id), "<missing>"]);
      assert.equal(await print("tag", "demo/app:1", "demo/negotiated"), "");
      assert.equal(await print("rmi", "demo/negotiated"), "Untagged: demo/negotiated:latest\n");
      assert.equal(await print("info", "--format", "{{.Images}}"), "2\n");
      const tree = await docker.run(["image", "ls", "--tree"], { env });
      const wanting = `"--tree" requires API version 1.47, but the Docker daemon API version is ${asked}\n`;
      assert.deepEqual([tree.status, tree.stderr.endsWith(wanting)], asked === "1.47" ? [0, false] : [1, true]);
    });
  }

  await t.test("a client of an API that is too old or too new is told so", async () => {
    for (const [asked, message] of [
      ["1.23", "client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version"],
      ["1.99", "client version 1.99 is too new. Maximum supported API version is 1.55"],
    ] as const) {
      const { status, stderr } = await docker.run(["images"], { env: { DOCKER_API_VERSION: asked } });
      assert.deepEqual([status, stderr], [1, `Error response from daemon: ${message}\n`]);
    }
  });
});

async function next(source: AsyncIterator<string>): Promise<string> {
  const result = await source.next();
  if (result.done === true) throw new Error("the client ended");
  return result.value;
}
