import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hostileRepository } from "../../../../test/fixtures/hostile-repository.ts";
import type { HostileRepository } from "../../../../test/fixtures/hostile-repository.ts";
import { startHostileRegistry } from "../../../../test/fixtures/hostile-registry.ts";
import type { HostileRegistry, HostileReply, HostileRequest, HostileScript } from "../../../../test/fixtures/hostile-registry.ts";
import { digestOf, MEDIA_TYPE } from "#oci";
import type { Descriptor } from "#oci";
import type { Repository } from "../repository.ts";
import type { RetryNotice } from "../types.ts";

const BLOB = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
const blob: Descriptor = { mediaType: MEDIA_TYPE.ociLayer, digest: digestOf(BLOB), size: BLOB.byteLength };

let registry: HostileRegistry;
let against: HostileRepository["against"];
let slept: readonly number[];
before(async () => {
  registry = await startHostileRegistry();
  ({ against, slept } = hostileRepository(registry));
});
after(() => registry[Symbol.asyncDispose]());

async function read(repository: Repository, offset = 0): Promise<Buffer> {
  const { stream } = await repository.fetchBlob(blob, { offset });
  return Buffer.concat(await Array.fromAsync(stream));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0);

/** As registries do it: all, or the rest from where it was asked. */
function serveBlob({ headers }: HostileRequest, reply: HostileReply): void {
  const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? "0");
  const range = { "content-range": `bytes ${start}-${BLOB.byteLength - 1}/${BLOB.byteLength}` };
  reply.send(headers.range === undefined ? 200 : 206, headers.range === undefined ? {} : range, BLOB.subarray(start));
}

test("a transfer that is refused again and again waits longer each time, counting the seconds, then fails", async () => {
  const told: RetryNotice[] = [];
  await assert.rejects(
    against((_, reply) => reply.send(502), read, { onRetry: (notice) => told.push(notice) }),
    { message: "received unexpected HTTP status: 502 Bad Gateway" },
  );
  assert.equal(registry.requests.length, 5);
  const countdowns = [5, 10, 15, 20].map((seconds) => Array.from({ length: seconds }, (_, index) => seconds - index));
  assert.deepEqual(
    told.map(({ seconds }) => seconds),
    countdowns.flat(),
  );
  assert.deepEqual(
    told.flatMap(({ attempt, attempts, digest, seconds }) => (seconds === 1 ? [[attempt, attempts, digest]] : [])),
    [2, 3, 4, 5].map((attempt) => [attempt, 5, blob.digest]),
  );
  assert.equal(slept.length, told.length);
  const [total, delays] = [sum(slept), sum(told.flatMap(({ delay, seconds }) => (seconds === 1 ? [delay] : [])))];
  assert.equal(total, delays);
  assert.ok(total >= 50_000 && total <= 55_000, `${total} ms`);
});

for (const percent of [1, 50, 99]) {
  test(`a connection that breaks at ${percent} % is taken up where it broke`, async () => {
    const cut = Math.floor((BLOB.byteLength * percent) / 100);
    const script: HostileScript = (request, reply) =>
      request.headers.range === undefined
        ? reply.sendBroken(200, { "content-length": String(BLOB.byteLength) }, BLOB.subarray(0, cut))
        : serveBlob(request, reply);
    assert.ok((await against(script, read)).equals(BLOB));
    assert.deepEqual(
      registry.requests.map(({ headers }) => headers.range),
      [undefined, `bytes=${cut}-`],
    );
  });
}

test("a blob whose length is not announced still has to have it", async () => {
  const short: HostileScript = (request, reply) =>
    reply.send(
      request.headers.range === undefined ? 200 : 206,
      { "transfer-encoding": "chunked", "content-length": [] },
      BLOB.subarray(0, 10),
    );
  await assert.rejects(against(short, read), { message: /^short read: expected 200000 bytes but got \d+: unexpected EOF$/ });
  await assert.rejects(
    against((_, reply) => reply.flood(200, {}), read),
    { message: new RegExp(`sends more than the 200000 bytes of ${blob.digest}$`) },
  );
});

test("a length that cannot be right is refused before its bytes", async () => {
  for (const wrong of [BLOB.subarray(1), Buffer.concat([BLOB, BLOB])]) {
    await assert.rejects(
      against((_, reply) => reply.send(200, {}, wrong), read),
      { message: /announces \d+ bytes for sha256:.*, expected 200000$/ },
    );
    assert.equal(registry.requests.length, 1);
  }
});

/** What a registry may answer to a range, all of which end with the right bytes. */
const RANGES: readonly (readonly [name: string, HostileScript])[] = [
  ["ignores it", (_, reply) => reply.send(200, {}, BLOB)],
  [
    "says 416",
    (request, reply) =>
      request.headers.range === undefined ? reply.send(200, {}, BLOB) : reply.send(416, { "content-range": `bytes */${BLOB.byteLength}` }),
  ],
  [
    "says 206 without a range",
    (request, reply) => (request.headers.range === undefined ? reply.send(200, {}, BLOB) : reply.send(206, {}, BLOB.subarray(1000))),
  ],
  [
    "begins one byte off",
    (request, reply) =>
      request.headers.range === undefined
        ? reply.send(200, {}, BLOB)
        : reply.send(206, { "content-range": `bytes 1001-199999/200000` }, BLOB.subarray(1001)),
  ],
  [
    "gives less than was asked for",
    (request, reply) =>
      request.headers.range === undefined
        ? reply.send(200, {}, BLOB)
        : reply.send(206, { "content-range": "bytes 1000-1999/200000" }, BLOB.subarray(1000, 2000)),
  ],
];

for (const [name, script] of RANGES) {
  test(`a fetch from the middle comes out right when the registry ${name}`, async () => {
    assert.ok((await against(script, (repository) => read(repository, 1000))).equals(BLOB.subarray(1000)));
  });
}

test("a part that was not asked for is refused", async () => {
  await assert.rejects(
    against((_, reply) => reply.send(206, { "content-range": "bytes 5-199999/200000" }, BLOB.subarray(5)), read),
    { message: /answered with a part that was not asked for$/ },
  );
});

test("a blob that stalls is given up, and taken up again", async () => {
  const script: HostileScript = (request, reply) =>
    request.before === 0 ? reply.trickle(200, { "content-length": String(BLOB.byteLength) }, 40) : serveBlob(request, reply);
  const got = await against(script, read);
  assert.equal(got.byteLength, BLOB.byteLength);
  assert.ok(registry.requests.length >= 2);
});

test("leaving early closes the connection", async () => {
  await against(
    (_, reply) => reply.flood(200, { "content-length": String(BLOB.byteLength) }),
    async (repository) => {
      for await (const chunk of (await repository.fetchBlob(blob)).stream) {
        assert.ok(chunk.byteLength > 0);
        break;
      }
    },
  );
});

test("an abort ends a stalled fetch as cancelled", async () => {
  const control = new AbortController();
  await against(
    (_, reply) => reply.trickle(200, {}, 10),
    async (repository) => {
      const { stream } = await repository.fetchBlob(blob, { signal: control.signal });
      const reading = Array.fromAsync(stream);
      setImmediate(() => control.abort());
      await assert.rejects(reading, { kind: "cancelled", message: "context canceled" });
    },
  );
});
