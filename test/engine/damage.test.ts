import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { checkDataRoot, openEngine } from "#engine";
import type { CheckReport, Engine } from "#engine";
import { hasRegistry, PASSWORD, startRegistry } from "../fixtures/registry.ts";
import type { RunningRegistry } from "../fixtures/registry.ts";
import { BuildBench, cachedSteps } from "../build/build-bench.ts";
import { serveRegistry } from "../v2/served-registry.ts";
import { dockerArchive, fsck, imageOf, tarOf } from "../workbench/index.ts";
import { load, save, TemporaryRoot } from "./engine-fixture.ts";

const skip = hasRegistry ? false : "docker-registry is not installed";

/** Nothing that could be compressed, and longer than what is read at once. */
const NOISE = Buffer.concat(Array.from({ length: 100_000 }, (_, index) => createHash("sha256").update(String(index)).digest()));
const app = imageOf([[{ name: "base", data: "base" }], [{ name: "noise", data: NOISE }]]);
const sibling = imageOf([app.layers[0] ?? Buffer.alloc(0), [{ name: "own", data: "own" }]]);

const DAMAGES: readonly (readonly [string, (path: string) => void, RegExp])[] = [
  ["a flipped bit", (path) => flip(path), /^content sha256:\w+ is damaged: its bytes have the digest sha256:\w+; /],
  ["a cut end", (path) => truncateSync(path, 2_000_000), /^content sha256:\w+ is damaged: it has 2000000 bytes, expected \d+; /],
  ["a missing file", (path) => rmSync(path), /^content sha256:\w+ is missing; /],
];

describe("a layer that is damaged on disk", { skip }, () => {
  let registry: RunningRegistry;
  let other: RunningRegistry;
  let name: string;

  before(async () => {
    [registry, other] = await Promise.all([startRegistry(), startRegistry()]);
    name = `${registry.host}/team/app:1`;
    await publish(registry);
  });
  after(() => Promise.all([registry[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]));

  async function publish({ host }: RunningRegistry): Promise<void> {
    await using engine = await openEngine({ memory: true });
    const images = [
      { image: app, tags: [`${host}/team/app:1`] },
      { image: sibling, tags: [`${host}/team/sibling:1`] },
    ];
    await load(engine, tarOf(dockerArchive(images)));
    for (const { tags } of images) await Array.fromAsync(engine.images.push({ name: tags[0] ?? "" }));
  }

  /** A data root with both images, and what one of them looks like. */
  async function pulled(root: TemporaryRoot, { host } = registry): Promise<Buffer> {
    await using engine = await root.open();
    await pull(engine, `${host}/team/app:1`);
    await pull(engine, `${host}/team/sibling:1`);
    return await save(engine, `${host}/team/app:1`);
  }

  const readers: readonly (readonly [string, (engine: Engine) => Promise<string>])[] = [
    ["save", (engine) => failure(save(engine, name))],
    [
      "push",
      async (engine) => {
        const copy = `${other.host}/copy/app`;
        await engine.images.tag(name, { repository: copy, tag: "1" });
        const message = await failure(Array.fromAsync(engine.images.push({ name: `${copy}:1` })));
        await engine.images.remove(`${copy}:1`);
        return message;
      },
    ],
    [
      "the registry",
      async (engine) => {
        await using served = await serveRegistry(engine);
        const { descriptor } = await engine.images.inspect(name);
        const manifest = await served.ask(`GET /v2/${registry.host}/team/app/manifests/${descriptor.digest}`);
        const { layers } = JSON.parse(manifest.body.toString()) as { layers: { digest: string }[] };
        const reply = await served.ask(`GET /v2/${registry.host}/team/app/blobs/${layers[1]?.digest}`).catch(() => undefined);
        assert.ok(reply === undefined || reply.status === 500, `answered ${reply?.status} with ${reply?.body.byteLength} bytes`);
        return (JSON.parse(/\{.*\}/.exec(served.logged[0] ?? "")?.[0] ?? "{}") as { error: string }).error;
      },
    ],
  ];

  for (const [what, damage, words] of DAMAGES) {
    for (const [reader, read] of readers) {
      test(`${what} is told by ${reader}, and a pull brings the layer back`, async () => {
        await using root = await TemporaryRoot.make();
        const whole = await pulled(root);
        const layer = largest(root);
        damage(root.blobPath(layer));
        {
          await using engine = await root.open();
          const message = await read(engine);
          assert.match(message, words);
          assert.match(message, new RegExp(`; it is needed by [^;]*${name}`));
          assert.ok(message.endsWith(`; "docker pull ${name}" or "slipwayd fsck --repair" restores it`), message);
          assert.equal(existsSync(root.blobPath(layer)), false);
          assert.equal(quarantined(root).length, what === "a missing file" ? 0 : 1);
          assert.deepEqual((await engine.images.inspect(name, { manifests: true })).manifests?.[0]?.available, false);
          await save(engine, `${registry.host}/team/sibling:1`);
          assert.deepEqual(await downloads(engine, name), [layer]);
          assert.deepEqual(await save(engine, name), whole);
        }
        await isClean(root);
      });
    }

    test(`${what} is found by fsck, whose repair fetches the layer again`, async () => {
      await using root = await TemporaryRoot.make();
      const whole = await pulled(root);
      const layer = largest(root);
      damage(root.blobPath(layer));
      assert.equal((await check(root)).problems.length, 2);
      const { repaired, lost } = await check(root, true);
      assert.deepEqual(repaired, [
        `content ${layer}: moved to the quarantine`,
        `content ${layer}: fetched again from ${registry.host}/team/app`,
      ]);
      assert.deepEqual(lost, []);
      await isClean(root);
      await using engine = await root.open();
      assert.deepEqual(await save(engine, name), whole);
    });
  }

  for (const [what, damage] of DAMAGES.slice(1)) {
    test(`${what} is seen by a pull before anybody reads it`, async () => {
      await using root = await TemporaryRoot.make();
      const whole = await pulled(root);
      const layer = largest(root);
      damage(root.blobPath(layer));
      await using engine = await root.open();
      assert.deepEqual(await downloads(engine, name), [layer]);
      assert.deepEqual(await save(engine, name), whole);
    });
  }

  test("a damaged layer that is compressed on its way out does not become a sound one of other bytes", async () => {
    await using root = await TemporaryRoot.make();
    await using engine = await root.open();
    const image = `${other.host}/made/here:1`;
    await load(engine, tarOf(dockerArchive([{ image: app, tags: [image] }])));
    flip(root.blobPath(app.diffIds[1] ?? ""));
    const message = await failure(Array.fromAsync(engine.images.push({ name: image })));
    assert.match(
      message,
      new RegExp(`^content ${app.diffIds[1]} is damaged: .*; it is needed by ${image}; load the image again to restore it$`),
    );
    await assert.rejects(pull(engine, image), { kind: "not-found" });
  });

  test("a damaged manifest is told by save, and a pull brings it back", async () => {
    await using root = await TemporaryRoot.make();
    const whole = await pulled(root);
    await using engine = await root.open();
    const { digest } = (await engine.images.inspect(name)).descriptor;
    flip(root.blobPath(digest));
    assert.match(await failure(save(engine, name)), new RegExp(`^content ${digest} is damaged: .* it is needed by ${name}; `));
    assert.deepEqual(await downloads(engine, name), []);
    assert.deepEqual(await save(engine, name), whole);
  });

  test("while the registry is gone repair says so, loses nothing else, and succeeds later", async () => {
    await using root = await TemporaryRoot.make();
    await using gone = await startRegistry();
    await publish(gone);
    await pulled(root, gone);
    const layer = largest(root);
    flip(root.blobPath(layer));
    const before = await root.blobs();
    await gone.stop();
    const failed = await check(root, true);
    assert.match(failed.repaired[1] ?? "", new RegExp(`^content ${layer}: not fetched again: ${gone.host}/team/app: .*connection refused`));
    assert.deepEqual(failed.lost, [`content ${layer}: needed by ${gone.host}/team/app:1`]);
    assert.deepEqual(
      await root.blobs(),
      before.filter((hex) => !layer.endsWith(hex)),
    );
    assert.deepEqual((await check(root)).lost, failed.lost);
    {
      await using engine = await root.open();
      await save(engine, `${gone.host}/team/sibling:1`);
      await load(engine, tarOf(dockerArchive([{ image: app, tags: ["loaded:1"] }])));
    }
    assert.deepEqual((await check(root, true)).problems, []);
  });

  test("the program repairs from a private registry with what docker login has left", async () => {
    await using root = await TemporaryRoot.make();
    await using secret = await startRegistry({ users: ["alice"] });
    const account = { username: "alice", password: PASSWORD };
    const image = `${secret.host}/team/app:1`;
    {
      await using engine = await root.open();
      await load(engine, tarOf(dockerArchive([{ image: app, tags: [image] }])));
      await Array.fromAsync(engine.images.push({ name: image, credentials: account }));
      await engine.images.remove(image);
      await Array.fromAsync(engine.images.pull({ image, credentials: account }));
    }
    const layer = largest(root);
    flip(root.blobPath(layer));
    const found = await fsck(root.path);
    assert.equal(found.status, 1);
    assert.match(
      found.report,
      new RegExp(`damaged: content ${layer}: its bytes have the digest .*fetches it again from where it came`, "s"),
    );
    const strange = await fsck(root.path, { repair: true, environment: { DOCKER_CONFIG: join(root.path, "none") } });
    assert.equal(strange.status, 1);
    assert.match(strange.report, new RegExp(`repaired: content ${layer}: not fetched again: ${secret.host}/team/app: .*no basic auth`));
    assert.match(strange.report, new RegExp(`lost: content ${layer}: needed by ${image}\n.*1 blob lost`, "s"));
    const folder = join(root.path, "docker");
    mkdirSync(folder);
    const auth = Buffer.from(`${account.username}:${account.password}`).toString("base64");
    writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { [secret.host]: { auth } } }));
    const repaired = await fsck(root.path, { repair: true, environment: { DOCKER_CONFIG: folder } });
    assert.match(repaired.report, new RegExp(`repaired: content ${layer}: fetched again from ${secret.host}/team/app\n`));
    assert.equal(repaired.status, 0);
    await isClean(root);
  });

  test("an entry index that is gone or damaged is made again by repair", async () => {
    await using root = await TemporaryRoot.make();
    await pulled(root);
    const [first = "", second = ""] = app.diffIds.map((diffId) => join(root.path, "layers", diffId.slice(7), "index"));
    rmSync(first);
    writeFileSync(second, "no index");
    const { repaired, problems } = await check(root, true);
    assert.deepEqual(problems, []);
    assert.deepEqual(repaired.toSorted(), app.diffIds.map((diffId) => `layer ${diffId}: made its index again`).toSorted());
    assert.deepEqual((await check(root, true)).repaired, []);
  });
});

test("a damaged layer that only the build cache needs is forgotten with its step, which is built anew", async () => {
  await using root = await TemporaryRoot.make();
  const order = { text: "FROM scratch\nCOPY f /f", files: { f: "f" } };
  const build = async (): Promise<readonly number[]> => {
    await using bench = await BuildBench.open(root.path);
    const { id, events } = await bench.build(order);
    await bench.engine.images.remove(id);
    return cachedSteps(events);
  };
  assert.deepEqual(await build(), []);
  assert.deepEqual(await build(), [2]);
  flip(root.blobPath(largest(root)));
  const { repaired, lost } = await check(root, true);
  assert.deepEqual([repaired.length, lost], [1, []]);
  await isClean(root);
  assert.deepEqual(await build(), []);
  assert.deepEqual(await build(), [2]);
});

test("a load brings back what it finds cut or missing", async () => {
  await using root = await TemporaryRoot.make();
  await using engine = await root.open();
  const archive = tarOf(dockerArchive([{ image: app, tags: ["app:1"] }]));
  await load(engine, archive);
  const whole = await save(engine, "app:1");
  for (const damage of [(path: string) => truncateSync(path, 7), (path: string) => rmSync(path)]) {
    damage(root.blobPath(app.diffIds[1] ?? ""));
    const message = await failure(save(engine, "app:1"));
    assert.ok(message.endsWith("; it is needed by app:1; load the image again to restore it"), message);
    await load(engine, archive);
    assert.deepEqual(await save(engine, "app:1"), whole);
  }
  rmSync(root.blobPath(app.diffIds[1] ?? ""));
  await load(engine, whole);
  assert.deepEqual(await save(engine, "app:1"), whole);
});

async function pull(engine: Engine, image: string): Promise<void> {
  await Array.fromAsync(engine.images.pull({ image }));
}

/** The layers that a pull had to fetch. */
async function downloads(engine: Engine, image: string): Promise<string[]> {
  const events = await Array.fromAsync(engine.images.pull({ image }));
  return events.flatMap((event) => (event.type === "layer" && event.state.step === "downloaded" ? [event.digest] : []));
}

function check(root: TemporaryRoot, repair = false): Promise<CheckReport> {
  return checkDataRoot({ dataRoot: root.path, repair, registries: { retry: { requestAttempts: 1, transferAttempts: 1 } } });
}

async function isClean(root: TemporaryRoot): Promise<void> {
  const { problems, leftovers, lost } = await check(root);
  assert.deepEqual({ problems, leftovers, lost }, { problems: [], leftovers: [], lost: [] });
}

async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail("it did not fail");
}

function largest(root: TemporaryRoot): string {
  const digests = readdirSync(join(root.path, "blobs", "sha256")).map((hex) => `sha256:${hex}`);
  const sizeOf = (digest: string): number => statSync(root.blobPath(digest)).size;
  return digests.toSorted((a, b) => sizeOf(b) - sizeOf(a))[0] ?? "";
}

function quarantined(root: TemporaryRoot): string[] {
  const path = join(root.path, "quarantine");
  return existsSync(path) ? readdirSync(path) : [];
}

/** In the middle, so that much of it leaves before the damage can be known. */
function flip(path: string): void {
  const file = openSync(path, "r+");
  const middle = Math.floor(statSync(path).size / 2);
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, middle);
  writeSync(file, Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, middle);
  closeSync(file);
}
