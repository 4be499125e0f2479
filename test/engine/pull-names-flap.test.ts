import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { openEngine } from "#engine";
import type { Engine, PullEvent } from "#engine";
import { flappingNames } from "../fixtures/flapping-names.ts";
import type { FlappingNames } from "../fixtures/flapping-names.ts";
import { startHostileRegistry } from "../fixtures/hostile-registry.ts";
import type { HostileRegistry, HostileScript } from "../fixtures/hostile-registry.ts";
import { imageOf, sha256 } from "../workbench/index.ts";

/** A name that stands for loopback when it can be looked up, which is a network of insecure registries. */
const NAME = "flaps.invalid";
const HERE = ["127.0.0.1"];
/** RFC 6666: what is sent there is gone, where it can be sent at all. */
const BLACK_HOLE = "100::1";

const app = imageOf([[{ name: "app", data: "app" }]]);
const [layer = Buffer.alloc(0)] = app.layers;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: MANIFEST,
  config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: app.id, size: app.config.byteLength },
  layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: sha256(layer), size: layer.byteLength }],
});

let registry: HostileRegistry;
let names: FlappingNames;
let image: string;
before(async () => {
  registry = await startHostileRegistry();
  names = flappingNames();
  image = `${NAME}:${registry.host.split(":")[1]}/t/app:1`;
});
after(async () => {
  names[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});
beforeEach(() => registry.play(serve()));

/** The image, over a connection for each request; `meanwhile` happens when the config has been asked for. */
function serve(meanwhile: () => void = () => undefined): HostileScript {
  return ({ path }, reply) => {
    const close = { connection: "close" };
    if (path.endsWith(app.id)) {
      meanwhile();
      return reply.send(200, close, app.config);
    }
    if (path.endsWith(sha256(layer))) return reply.send(200, close, layer);
    if (!path.includes("/manifests/")) return reply.send(404, close);
    const length = { "content-length": String(manifest.length) };
    reply.send(200, { ...close, ...length, "content-type": MANIFEST, "docker-content-digest": sha256(Buffer.from(manifest)) }, manifest);
  };
}

/** Waits take no time; `minutes` is how late it is. */
function openHere(clock: { minutes: number } = { minutes: 0 }): Promise<Engine> {
  const now = (): number => Date.now() + clock.minutes * 60_000;
  return openEngine({ memory: true, registries: { clock: { now, sleep: () => Promise.resolve() } } });
}

const pull = (engine: Engine): Promise<PullEvent[]> => Array.fromAsync(engine.images.pull({ image }));

for (const [fault, words] of [
  ["EAI_AGAIN", "server misbehaving"],
  ["ENOTFOUND", "no such host"],
] as const) {
  test(`a name that cannot be looked up (${fault}) is told at once, and the next pull has forgotten it`, async () => {
    names.answer(NAME, fault);
    await using engine = await openHere();
    await assert.rejects(pull(engine), {
      kind: "internal",
      message: new RegExp(
        `^Get "https://${image.split("/")[0]}/v2/": dial tcp: lookup flaps\\.invalid( on \\S+)?: ${words}\nto resolve the reference, \\S+ gave no answer`,
      ),
    });
    assert.equal(registry.requests.length, 0);
    names.answer(NAME, HERE);
    await pull(engine);
    assert.equal((await engine.images.inspect(image)).id, app.id);
  });
}

test("a name that cannot be looked up in the middle of a pull is looked up again, and the layers come", async () => {
  registry.play(serve(() => names.answer(NAME, "EAI_AGAIN", "ENOTFOUND", "EAI_AGAIN", HERE)));
  names.answer(NAME, HERE);
  await using engine = await openHere();
  const events = await pull(engine);
  assert.ok(events.some((event) => event.type === "layer" && event.digest === sha256(layer) && event.state.step === "retrying"));
  assert.equal((await engine.images.inspect(image)).id, app.id);
});

test("an insecure registry stays one while its name cannot be looked up", async () => {
  const clock = { minutes: 0 };
  names.answer(NAME, HERE);
  await using engine = await openHere(clock);
  await pull(engine);
  clock.minutes = 2;
  names.answer(NAME, "EAI_AGAIN", HERE);
  const events = await pull(engine);
  assert.ok(events.some((event) => event.type === "pulled" && !event.isNew));
});

test("an address that leads nowhere is passed over for the next one of the name", async () => {
  names.answer(NAME, [BLACK_HOLE, ...HERE]);
  await using engine = await openHere();
  await pull(engine);
  assert.equal((await engine.images.inspect(image)).id, app.id);
});
