import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { readTar } from "../../workbench/index.ts";
import {
  APP,
  ARCHIVE,
  LEGACY_ARCHIVE,
  MULTI_AMD64,
  MULTI_ARCHIVE,
  MULTI_ARM64,
  NAMELESS,
  NAMELESS_ARCHIVE,
  OLD,
  ROOTFS,
} from "../images.ts";
import { openDocker, skip } from "./docker.ts";

const LOADED = "Loaded image: demo/app:1\nLoaded image: demo/old:1\n";
/** Of an import's `-c`; the order matters, because `ENV` adds to what is there. */
const CHANGES = ['CMD ["/x", "y"]', "ENV A=b", "LABEL l=m", "EXPOSE 80", "WORKDIR /w", "USER u", "ENTRYPOINT /e", "VOLUME /v"];

test("docker load, save and import", { skip }, async (t) => {
  await using docker = await openDocker();
  const archive = await docker.file("two.tar", ARCHIVE);

  await t.test("load names what it loaded", async () => {
    assert.equal(await docker.print("load", "-i", archive), LOADED);
    assert.equal(await docker.print("load", "-q", "-i", archive), LOADED);
    assert.equal(await docker.print("image", "load", "--input", archive), LOADED);
    assert.deepEqual(await docker.run(["load"], { stdin: ARCHIVE }), { status: 0, stdout: LOADED, stderr: "" });
  });

  await t.test("load takes archives without names, of old engines and of several platforms", async () => {
    const nameless = await docker.run(["load"], { stdin: NAMELESS_ARCHIVE });
    assert.deepEqual(nameless, { status: 0, stdout: `Loaded image ID: ${NAMELESS.id}\n`, stderr: "" });
    const legacy = await docker.run(["load"], { stdin: LEGACY_ARCHIVE });
    assert.deepEqual(legacy, { status: 0, stdout: "Loaded image: demo/old:legacy\n", stderr: "" });
    assert.equal(await docker.print("image", "inspect", "-f", "{{.Id}}", "demo/old:legacy"), `${OLD.id}\n`);
    const multi = await docker.run(["load"], { stdin: MULTI_ARCHIVE });
    assert.deepEqual(multi, { status: 0, stdout: "Loaded image: demo/multi:1\n", stderr: "" });
  });

  await t.test("load draws every layer on a terminal", async () => {
    await docker.print("rmi", "-f", "demo/app:1", "demo/old:1", "demo/old:legacy", "demo/multi:1", NAMELESS.id);
    const screen = await docker.onTerminal("load", "-i", archive);
    for (const diffId of APP.diffIds)
      assert.match(screen, new RegExp(`${diffId.slice(7, 19)}: Loading layer +\\[=+>\\] +[0-9.]+kB/[0-9.]+kB`));
    assert.ok(screen.endsWith("Loaded image: demo/app:1\r\nLoaded image: demo/old:1\r\n"), JSON.stringify(screen));
  });

  await t.test("load says what is wrong with an archive", async () => {
    const missing = `${docker.folder}/none.tar`;
    assert.deepEqual(await docker.run(["load", "-i", missing]), {
      status: 1,
      stdout: "",
      stderr: `open ${missing}: no such file or directory\n`,
    });
    const wrong: readonly (readonly [stdin: Uint8Array, stderr: string])[] = [
      [Buffer.from("this is no archive\n".repeat(100)), "archive/tar: invalid tar header\n"],
      [ROOTFS, "invalid archive: does not contain a manifest.json\n"],
    ];
    for (const [stdin, stderr] of wrong) assert.deepEqual(await docker.run(["load"], { stdin }), { status: 1, stdout: "", stderr });
  });

  await t.test("load --platform takes that platform alone, or says that it is not there", async () => {
    assert.equal(
      (await docker.run(["load", "--platform", "linux/arm64"], { stdin: MULTI_ARCHIVE })).stdout,
      "Loaded image: demo/multi:1\n",
    );
    assert.equal(await docker.print("image", "inspect", "-f", "{{.Id}} {{.Architecture}}", "demo/multi:1"), `${MULTI_ARM64.id} arm64\n`);
    const { status, stderr } = await docker.run(["load", "--platform", "linux/s390x"], { stdin: MULTI_ARCHIVE });
    assert.equal(status, 1);
    assert.match(stderr, /linux\/s390x/);
    await docker.print("rmi", "demo/multi:1");
    await docker.run(["load"], { stdin: MULTI_ARCHIVE });
  });

  await t.test("save -o writes an archive that load takes", async () => {
    const path = `${docker.folder}/saved.tar`;
    assert.equal(await docker.print("save", "-o", path, "demo/app:1", "demo/old:1"), "");
    const saved = await readFile(path);
    assert.deepEqual(tagsIn(saved), [["demo/app:1"], ["demo/old:1"]]);
    await docker.print("rmi", "demo/app:1", "demo/old:1");
    assert.equal(await docker.print("load", "-i", path), LOADED);
    assert.equal(await docker.print("images", "-q", "--no-trunc", "demo/app"), `${APP.id}\n`);
  });

  await t.test("save writes to standard output: all tags of a repository, one by ID, or one platform", async () => {
    await docker.print("tag", "demo/app:1", "demo/app:2");
    assert.deepEqual(tagsIn(await save("demo/app")), [["demo/app:1", "demo/app:2"]]);
    assert.deepEqual(tagsIn(await save("demo/app:2")), [["demo/app:2"]]);
    assert.deepEqual(tagsIn(await save(APP.id)), [null]);
    await docker.print("rmi", "demo/app:2");
    for (const [platform, image] of [
      ["linux/arm64", MULTI_ARM64],
      ["linux/amd64", MULTI_AMD64],
    ] as const) {
      const { data } = readTar(await save("demo/multi:1", "--platform", platform));
      assert.deepEqual(data.get(`blobs/sha256/${image.id.slice(7)}`), image.config);
    }
  });

  await t.test("save leaves no file behind when there is nothing to save", async () => {
    const path = `${docker.folder}/nothing.tar`;
    const refused: readonly (readonly [args: readonly string[], stderr: string])[] = [
      [["demo/none"], "No such image: demo/none:latest"],
      [["demo/app:none"], "No such image: demo/app:none"],
      [["Demo/App"], "invalid reference format: repository name (App) must be lowercase"],
      [
        ["--platform", "linux/arm64", "demo/app:1"],
        "no suitable export target found: image with reference demo/app:1 was found but does not provide the specified platform (linux/arm64)",
      ],
    ];
    for (const [args, message] of refused) {
      const stderr = `Error response from daemon: ${message}\n`;
      assert.deepEqual(await docker.run(["save", "-o", path, ...args]), { status: 1, stdout: "", stderr });
      await assert.rejects(readFile(path), { code: "ENOENT" });
    }
  });

  await t.test("import makes an image of a file system, with changes, a message and a platform", async () => {
    const path = await docker.file("rootfs.tar", ROOTFS);
    const changes = CHANGES.flatMap((change) => ["-c", change]);
    const id = (await docker.print("import", "-m", "hello there", ...changes, path, "demo/imported:1")).trim();
    assert.match(id, /^sha256:[0-9a-f]{64}$/);
    const format = "{{.Id}} {{json .RepoTags}} {{json .RootFS.Layers}} {{.Comment}}";
    const facts = `${id} ["demo/imported:1"] ["${OLD.diffIds[0]}"] hello there\n`;
    assert.equal(await docker.print("image", "inspect", "-f", format, "demo/imported:1"), facts);
    const [inspected] = JSON.parse(await docker.print("image", "inspect", "demo/imported:1")) as { Config: unknown }[];
    assert.deepEqual(inspected?.Config, {
      Cmd: ["/x", "y"],
      Entrypoint: ["/bin/sh", "-c", "/e"],
      Env: ["A=b"],
      ExposedPorts: { "80/tcp": {} },
      Labels: { l: "m" },
      OnBuild: null,
      User: "u",
      Volumes: { "/v": {} },
      WorkingDir: "/w",
    });
    const { stdout } = await docker.run(["import", "--platform", "linux/arm64/v8", "-", "demo/imported:2"], { stdin: ROOTFS });
    assert.equal(
      await docker.print("inspect", "-f", "{{.Id}} {{.Architecture}}{{.Variant}}", "demo/imported:2"),
      `${stdout.trim()} arm64v8\n`,
    );
    assert.match(await docker.print("import", path), /^sha256:[0-9a-f]{64}\n$/);
  });

  await t.test("import says what it cannot use", async () => {
    const path = await docker.file("rootfs.tar", ROOTFS);
    const refused: readonly (readonly [args: readonly string[], stderr: string])[] = [
      [["-c", "BOGUS x", path], "Error response from daemon: BOGUS is not a valid change command\n"],
      [["-c", "RUN x", path], "Error response from daemon: RUN is not a valid change command\n"],
      [[path, "Demo/X"], "invalid reference format: repository name (X) must be lowercase\n"],
    ];
    for (const [args, stderr] of refused) assert.deepEqual(await docker.run(["import", ...args]), { status: 1, stdout: "", stderr });
    const unreachable = await docker.run(["import", "http://127.0.0.1:1/x.tar"]);
    assert.equal(unreachable.status, 1);
    assert.match(unreachable.stderr, /^Error response from daemon: .*"http:\/\/127\.0\.0\.1:1\/x\.tar"/);
  });

  async function save(...args: readonly string[]): Promise<Buffer> {
    // Every byte of these images is ASCII.
    return Buffer.from(await docker.print("save", ...args));
  }
});

function tagsIn(archive: Buffer): (string[] | null)[] {
  const manifest = JSON.parse(String(readTar(archive).data.get("manifest.json"))) as { RepoTags: string[] | null }[];
  return manifest.map(({ RepoTags }) => RepoTags).toSorted((a, b) => String(a).localeCompare(String(b)));
}
