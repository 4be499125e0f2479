import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { dockerArchive, imageOf, jsonLines, send, startSlipway, tarOf, temporaryFolder } from "../workbench/index.ts";
import type { Answer, Slipway } from "../workbench/index.ts";
import { BuildBench } from "./build-bench.ts";

/** Long enough to be in the midst of it. */
const LARGE = 60_000_000;

interface Moment {
  readonly dockerfile: string;
  /** A folder of the data root, and how much more than before is in it by then. */
  readonly folder: string;
  readonly more: number;
}

const MOMENTS: Readonly<Record<string, Moment>> = {
  "a layer is unpacked": { dockerfile: "FROM large\nRUN true", folder: "snapshots/active", more: 1 },
  "a command runs": { dockerfile: "FROM base\nRUN busybox setsid sleep 1000 & sleep 1000", folder: "runtime/bundles", more: 1 },
  "two commands run": {
    dockerfile: "FROM base AS a\nRUN sleep 1000\nFROM base\nRUN sleep 1001\nCOPY --from=a / /",
    folder: "runtime/bundles",
    more: 2,
  },
  "a difference is taken": { dockerfile: `FROM base\nRUN dd if=/dev/zero of=/f bs=${LARGE} count=1`, folder: "ingest", more: 1 },
  "a layer is stored": { dockerfile: "FROM base\nRUN echo a > /a\nRUN sleep 1000", folder: "blobs/sha256", more: 1 },
};

describe("of a build that is cancelled nothing is left", { skip: cannotRun() }, () => {
  const opened = new AsyncDisposableStack();
  let daemon: Slipway;
  let dataRoot: string;
  const post = (path: string, body?: Uint8Array): Promise<Answer> => send(daemon.socket, { method: "POST", path, ...(body && { body }) });

  before(async () => {
    const { path } = opened.use(await temporaryFolder());
    dataRoot = join(path, "data");
    daemon = opened.use(await startSlipway(dataRoot));
    const busybox = await busyboxTar();
    const images = [{ image: imageOf([busybox]), tags: ["base:latest"] }];
    const large = imageOf([busybox, [{ name: "large", data: Buffer.alloc(LARGE) }]]);
    await post("/images/load", tarOf(dockerArchive([...images, { image: large, tags: ["large:latest"] }])));
  });
  after(() => opened.disposeAsync());

  for (const [when, { dockerfile, folder, more }] of Object.entries(MOMENTS)) {
    test(`while ${when}`, async () => {
      const place = join(dataRoot, folder);
      const wanted = namesIn(place).length + more;
      const context = tarOf([{ name: "Dockerfile", data: dockerfile }]);
      const building = post("/build?t=cancelled&networkmode=none&buildid=a", context);
      const isEarly = building.then(() => true);
      while (namesIn(place).length < wanted) assert.notEqual(await Promise.race([isEarly, pause(1, false)]), true, "it ended before");
      await post("/build/cancel?id=a");
      const { status, body } = await building;
      assert.equal(status, 200);
      assert.deepEqual(jsonLines(body).at(-1), { errorDetail: { message: "Build cancelled" }, error: "Build cancelled" });
      assert.deepEqual(remains(dataRoot, daemon.pid), NOTHING);
      assert.equal((await send(daemon.socket, { method: "GET", path: "/images/cancelled/json" })).status, 404);
    });
  }

  test("and no blob is held", async () => {
    await post("/build/prune?all=1");
    for (const name of ["base", "large"]) await send(daemon.socket, { method: "DELETE", path: `/images/${name}` });
    assert.deepEqual(namesIn(join(dataRoot, "blobs/sha256")), []);
  });
});

test("of a build that its program turns away from nothing is left", { skip: cannotRun() }, async () => {
  await using folder = await temporaryFolder();
  await using bench = await BuildBench.open(folder.path);
  await bench.load("base:latest", [await busyboxTar()]);
  async function* context(): AsyncGenerator<Uint8Array> {
    yield tarOf([{ name: "Dockerfile", data: "FROM base AS a\nRUN echo on; sleep 1000\nFROM base\nRUN sleep 1001\nCOPY --from=a / /" }]);
  }
  for await (const event of bench.engine.builds.build({ context: context(), network: "none" })) if (event.type === "output") break;
  assert.deepEqual(remains(folder.path, process.pid), NOTHING);
});

const NOTHING = { mounts: [], groups: [], children: [], files: [] };

function remains(dataRoot: string, pid: number): typeof NOTHING | Record<string, string[]> {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const hierarchies = ["", ...namesIn("/sys/fs/cgroup")].filter((name) => !name.includes("."));
  const groups = hierarchies.flatMap((name) => namesIn(join("/sys/fs/cgroup", name)));
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").match(/\d+/g) ?? [];
  const places = ["ingest", "snapshots/active", "runtime/bundles", "runtime/runc", "runtime/crun", "private"];
  return {
    mounts: mounts.filter((line) => line.includes(`${dataRoot}/`)),
    groups: groups.filter((name) => name.startsWith(`slipway-${pid}-`)),
    // What is in the trash is removed behind the build's back.
    children: children.map(commandOf).filter((command) => /^(?:runc|crun|tar|mount|umount|slirp4netns)\0/.test(command)),
    // What crun keeps for itself begins with a dot.
    files: places.flatMap((place) => namesIn(join(dataRoot, place)).flatMap((name) => (name.startsWith(".") ? [] : [`${place}/${name}`]))),
  };
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
