import assert from "node:assert/strict";
import { test } from "node:test";

import { APP, ARCHIVE, MULTI_AMD64, MULTI_ARCHIVE, MULTI_ARM64, NAMELESS, NAMELESS_ARCHIVE, OLD, short } from "../images.ts";
import { lines, openDocker, skip } from "./docker.ts";

const UNKNOWN = "Error response from daemon: No such image: demo/none:latest\n";
const WRONG_PLATFORM =
  "Error response from daemon: image with reference demo/app:1 was found but does not provide the specified platform (linux/arm64)\n";

test("docker images, inspect and history", { skip }, async (t) => {
  await using docker = await openDocker();
  assert.equal(await docker.print("images"), "REPOSITORY   TAG       IMAGE ID   CREATED   SIZE\n", "an empty list is a heading");
  for (const stdin of [ARCHIVE, NAMELESS_ARCHIVE]) assert.equal((await docker.run(["load"], { stdin })).status, 0);

  await t.test("images draws the table", async () => {
    const rows = [
      "REPOSITORY   TAG       IMAGE ID       CREATED       SIZE",
      `demo/app     1         ${short(APP.id)}   N years ago   5.02kB`,
      `<none>       <none>    ${short(NAMELESS.id)}   N years ago   20B`,
      `demo/old     1         ${short(OLD.id)}   N years ago   20B`,
    ];
    assert.deepEqual(table(await docker.print("images")), rows);
    assert.deepEqual(table(await docker.print("image", "ls", "-a")), rows);
    assert.deepEqual(table(await docker.print("images", "demo/app")), rows.slice(0, 2));
    assert.deepEqual(table(await docker.print("images", "--no-trunc", "--digests", "demo/old:1")), [
      `REPOSITORY   TAG       DIGEST    IMAGE ID${" ".repeat(66)}CREATED       SIZE`,
      `demo/old     1         <none>    ${OLD.id}   N years ago   20B`,
    ]);
  });

  await t.test("images -q prints IDs, newest first", async () => {
    assert.deepEqual(
      lines(await docker.print("images", "-q")),
      [APP, NAMELESS, OLD].map(({ id }) => short(id)),
    );
    assert.deepEqual(
      lines(await docker.print("images", "-q", "--no-trunc")),
      [APP, NAMELESS, OLD].map(({ id }) => id),
    );
  });

  await t.test("images --format json and templates", async () => {
    const [row, ...others] = lines(await docker.print("images", "--format", "json", "demo/app"));
    assert.deepEqual(others, []);
    assert.deepEqual(JSON.parse((row ?? "").replace(/\d+ years/, "N years")), {
      Containers: "N/A",
      CreatedAt: "2024-03-01 12:00:00 +0000 UTC",
      CreatedSince: "N years ago",
      Digest: "<none>",
      ID: short(APP.id),
      Repository: "demo/app",
      SharedSize: "N/A",
      Size: "5.02kB",
      Tag: "1",
      UniqueSize: "N/A",
      VirtualSize: "5.02kB",
    });
    assert.equal(await docker.print("images", "--format", "{{.Repository}}:{{.Tag}}", "demo/old"), "demo/old:1\n");
  });

  const filters: readonly (readonly [filters: readonly string[], names: readonly string[]])[] = [
    [["dangling=true"], ["<none>"]],
    [["dangling=false"], ["demo/app", "demo/old"]],
    [["label=team"], ["demo/app", "demo/old"]],
    [["label=team=harbour"], ["demo/app"]],
    [["label=team=none"], []],
    [["before=demo/app:1"], ["<none>", "demo/old"]],
    [["since=demo/old:1"], ["demo/app", "<none>"]],
    [["since=demo/old:1", "before=demo/app:1"], ["<none>"]],
    [["reference=demo/o*"], ["demo/old"]],
    [
      ["reference=demo/o*", "reference=*/*:1"],
      ["demo/app", "demo/old"],
    ],
    [["reference=app"], []],
    [["until=2024-01-01"], ["<none>", "demo/old"]],
    [["until=1h"], ["demo/app", "<none>", "demo/old"]],
  ];
  await t.test("images --filter", async () => {
    for (const [given, names] of filters) {
      const options = given.flatMap((filter) => ["--filter", filter]);
      assert.deepEqual(lines(await docker.print("images", ...options, "--format", "{{.Repository}}")), names, given.join(" and "));
    }
  });

  await t.test("images says which filter it cannot use", async () => {
    const refused: readonly (readonly [filter: string, stderr: string])[] = [
      ["dangling=maybe", "Error response from daemon: invalid filter 'dangling=[maybe]'\n"],
      ["color=red", "Error response from daemon: invalid filter 'color'\n"],
      ["before=demo/none", UNKNOWN],
      ["since=demo/none", UNKNOWN],
    ];
    for (const [filter, stderr] of refused)
      assert.deepEqual(await docker.run(["images", "--filter", filter]), { status: 1, stdout: "", stderr });
  });

  await t.test("image inspect by every kind of name", async () => {
    for (const name of ["demo/app:1", "docker.io/demo/app:1", APP.id, APP.id.slice(7), short(APP.id)])
      assert.equal(await docker.print("image", "inspect", "-f", "{{.Id}}", name), `${APP.id}\n`, name);
    assert.equal(await docker.print("inspect", "--type", "image", "-f", "{{.Os}}/{{.Architecture}}", "demo/app:1"), "linux/amd64\n");
    const [image] = JSON.parse(await docker.print("image", "inspect", "demo/app:1")) as Record<string, unknown>[];
    assert.deepEqual(
      { ...image, Metadata: null, Descriptor: null, GraphDriver: null },
      {
        Id: APP.id,
        RepoTags: ["demo/app:1"],
        RepoDigests: [],
        Parent: "",
        Comment: "",
        Created: "2024-03-01T12:00:00Z",
        DockerVersion: "",
        Author: "",
        Config: {
          User: "",
          ExposedPorts: { "80/tcp": {} },
          Env: ["PATH=/bin"],
          Cmd: ["/app"],
          Volumes: null,
          WorkingDir: "",
          Entrypoint: null,
          OnBuild: null,
          Labels: { team: "harbour" },
        },
        Architecture: "amd64",
        Os: "linux",
        Size: 5020,
        RootFS: { Type: "layers", Layers: APP.diffIds },
        Metadata: null,
        Descriptor: null,
        GraphDriver: null,
      },
    );
  });

  await t.test("inspect of what is not there", async () => {
    assert.deepEqual(await docker.run(["image", "inspect", "demo/none"]), { status: 1, stdout: "[]\n", stderr: UNKNOWN });
    assert.deepEqual(await docker.run(["inspect", "demo/none"]), {
      status: 1,
      stdout: "[]\n",
      stderr: "Error: No such object: demo/none\n",
    });
    const both = await docker.run(["image", "inspect", "-f", "{{.Os}}", "demo/app:1", "demo/none"]);
    assert.deepEqual(both, { status: 1, stdout: "linux\n", stderr: UNKNOWN });
    const elsewhere = await docker.run(["image", "inspect", "--platform", "linux/arm64", "demo/app:1"]);
    assert.deepEqual(elsewhere, { status: 1, stdout: "[]\n", stderr: WRONG_PLATFORM });
  });

  await t.test("history, newest first", async () => {
    assert.deepEqual(table(await docker.print("history", "demo/app:1")), [
      "IMAGE          CREATED       CREATED BY   SIZE      COMMENT",
      `${short(APP.id)}   N years ago   layer 2      5kB       `,
      "<missing>      N years ago   layer 1      20B       ",
    ]);
    assert.equal(await docker.print("history", "-q", "--no-trunc", "demo/app:1"), `${APP.id}\n<missing>\n`);
    const format = "{{.ID}}|{{.CreatedAt}}|{{.CreatedBy}}|{{.Size}}";
    assert.deepEqual(lines(await docker.print("history", "-H=false", "--format", format, "demo/app:1")), [
      `${short(APP.id)}|2024-03-01T12:00:00Z|layer 2|5000`,
      "<missing>|2024-03-01T12:00:00Z|layer 1|20",
    ]);
    const [first] = lines(await docker.print("history", "--format", "json", "demo/app:1"));
    assert.deepEqual(JSON.parse((first ?? "").replace(/\d+ years/, "N years")), {
      Comment: "",
      CreatedAt: "2024-03-01T12:00:00Z",
      CreatedBy: "layer 2",
      CreatedSince: "N years ago",
      ID: short(APP.id),
      Size: "5kB",
    });
    assert.deepEqual(await docker.run(["history", "demo/none"]), { status: 1, stdout: "", stderr: UNKNOWN });
    const elsewhere = await docker.run(["history", "--platform", "linux/arm64", "demo/app:1"]);
    assert.deepEqual(elsewhere, { status: 1, stdout: "", stderr: WRONG_PLATFORM });
  });

  await t.test("image ls --tree, inspect and history show the platforms of an image", async () => {
    assert.equal((await docker.run(["load"], { stdin: MULTI_ARCHIVE })).status, 0);
    const { status, stdout } = await docker.run(["image", "ls", "--tree", "demo/multi"]);
    assert.equal(status, 0);
    const rows = lines(plain(stdout)).map((row) => row.trim().split(/ {2,}/));
    const [multi, ...platforms] = rows.slice(rows.findIndex(([name]) => name === "demo/multi:1"));
    assert.ok(multi !== undefined && [MULTI_AMD64, MULTI_ARM64].map(({ id }) => short(id)).includes(multi[1] ?? ""), stdout);
    assert.deepEqual(
      platforms.map(([name, id, size, content]) => [name, /^[0-9a-f]{12}$/.test(id ?? ""), size === content]),
      [
        ["├─ linux/amd64", true, true],
        ["└─ linux/arm64/v8", true, true],
      ],
    );
    for (const [platform, image] of [
      ["linux/amd64", MULTI_AMD64],
      ["linux/arm64", MULTI_ARM64],
      ["linux/arm64/v8", MULTI_ARM64],
    ] as const) {
      const inspected = await docker.print("image", "inspect", "--platform", platform, "-f", "{{json .RootFS.Layers}}", "demo/multi:1");
      assert.deepEqual(JSON.parse(inspected), image.diffIds);
      const sizes = await docker.print("history", "--platform", platform, "--format", "{{.CreatedBy}}", "demo/multi:1");
      assert.equal(sizes, "layer 2\nlayer 1\n");
    }
  });
});

/** A table's lines; how long ago depends on the day. */
function table(text: string): string[] {
  return lines(text.replaceAll(/\d+ years ago/g, "N years ago"));
}

/** Without the colours. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/\u001b\[[0-9;]*m/g, "");
}
