import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { openEngine } from "#engine";
import type { Engine, PullEvent, PushEvent } from "#engine";
import { cancelled } from "#errors";
import { startHostileRegistry } from "../fixtures/hostile-registry.ts";
import type { HostileRegistry, HostileScript } from "../fixtures/hostile-registry.ts";
import { dockerArchive, imageOf, sha256, tarOf } from "../workbench/index.ts";
import { load } from "./engine-fixture.ts";

const app = imageOf([[{ name: "app", data: "app" }]]);
const [layer = Buffer.alloc(0)] = app.layers;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: app.id, size: app.config.byteLength },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: sha256(layer), size: layer.byteLength }],
  }),
);

let registry: HostileRegistry;
before(async () => {
  registry = await startHostileRegistry();
});
after(() => registry[Symbol.asyncDispose]());

/** An engine whose seconds pass when they have been told; `tick` comes with each, may make it longer, and counts them. */
function patientEngine(tick: (second: number) => Promise<void> | void = () => undefined): Promise<Engine> {
  let seconds = 0;
  const sleep = async (_ms: number, signal: AbortSignal | undefined): Promise<void> => {
    await tick((seconds += 1));
    await setImmediate();
    if (signal?.aborted === true) throw cancelled(signal.reason);
  };
  return openEngine({ memory: true, registries: { clock: { now: () => Date.now(), sleep } } });
}

/** Serves the image, but refuses its layer so often. */
function refusing(times: number): HostileScript {
  return ({ path, before: asked }, reply) => {
    if (path.includes("/manifests/")) reply.send(200, { "content-type": MANIFEST, "docker-content-digest": sha256(manifest) }, manifest);
    else if (path.endsWith(app.id)) reply.send(200, {}, app.config);
    else if (asked < times) reply.send(503);
    else reply.send(200, {}, layer);
  };
}

function secondsIn(events: readonly (PullEvent | PushEvent)[]): number[] {
  return events.flatMap((event) => (event.type === "layer" && event.state.step === "retrying" ? [event.state.seconds] : []));
}

const COUNTDOWN = [5, 4, 3, 2, 1, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1];

test("a pull that waits counts the seconds down", async () => {
  registry.play(refusing(2));
  await using engine = await patientEngine();
  const events = await Array.fromAsync(engine.images.pull({ image: `${registry.host}/t/app:1` }));
  assert.deepEqual(secondsIn(events), COUNTDOWN);
  assert.equal((await engine.images.inspect(`${registry.host}/t/app:1`)).id, app.id);
});

test("a push that waits counts the seconds down", async () => {
  registry.play(({ method, path, before: asked }, reply) => {
    // The config is there, so that it is the layer that waits.
    if (method === "HEAD") reply.send(path.endsWith(app.id) ? 200 : 404, { "content-length": String(app.config.byteLength) });
    else if (method === "POST") reply.send(asked < 2 ? 503 : 202, asked < 2 ? {} : { location: "/v2/t/app/blobs/uploads/1" });
    else if (method === "PATCH") reply.send(202, { location: path, range: "0-0" });
    else reply.send(201);
  });
  await using engine = await patientEngine();
  const name = `${registry.host}/t/app:1`;
  await load(engine, tarOf(dockerArchive([{ image: app, tags: [name] }])));
  const events = await Array.fromAsync(engine.images.push({ name }));
  assert.deepEqual(secondsIn(events), COUNTDOWN);
  assert.equal(events.at(-1)?.type, "done");
});

test("a wait ends when the client leaves", async () => {
  registry.play(refusing(Infinity));
  const leaving = new AbortController();
  let last = 0;
  await using engine = await patientEngine((second) => {
    last = second;
    if (second === 3) leaving.abort();
  });
  const events: PullEvent[] = [];
  const pulling = async (): Promise<void> => {
    for await (const event of engine.images.pull({ image: `${registry.host}/t/app:1` }, { signal: leaving.signal })) events.push(event);
  };
  await assert.rejects(pulling(), { kind: "cancelled" });
  assert.equal(last, 3);
  assert.deepEqual(secondsIn(events), [5, 4, 3].slice(0, secondsIn(events).length));
});

test("everybody who shares a download hears its countdown, also when who began it has left", async () => {
  registry.play(refusing(2));
  const leaving = new AbortController();
  const { promise: joined, resolve: join } = Promise.withResolvers<void>();
  const { promise: began, resolve: begin } = Promise.withResolvers<void>();
  await using engine = await patientEngine((second) => {
    if (second === 8) leaving.abort();
    if (second !== 2) return;
    begin();
    return joined;
  });
  const image = `${registry.host}/t/app:1`;
  const first = assert.rejects(Array.fromAsync(engine.images.pull({ image }, { signal: leaving.signal })), { kind: "cancelled" });
  await began;
  const events: PullEvent[] = [];
  for await (const event of engine.images.pull({ image })) {
    events.push(event);
    if (event.type === "layer") join();
  }
  await first;
  assert.deepEqual(secondsIn(events), COUNTDOWN.slice(2));
  assert.equal(events.at(-1)?.type, "done");
});
