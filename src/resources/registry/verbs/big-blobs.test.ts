import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hostileRepository } from "../../../../test/fixtures/hostile-repository.ts";
import type { HostileRepository } from "../../../../test/fixtures/hostile-repository.ts";
import { startHostileRegistry } from "../../../../test/fixtures/hostile-registry.ts";
import type { HostileRegistry, HostileReply, HostileRequest, HostileScript } from "../../../../test/fixtures/hostile-registry.ts";
import { digestOf, MEDIA_TYPE } from "#oci";
import type { Descriptor } from "#oci";
import type { Repository } from "../repository.ts";

const BLOB = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
const SIZE = BLOB.byteLength;
const blob: Descriptor = { mediaType: MEDIA_TYPE.ociLayer, digest: digestOf(BLOB), size: SIZE };
/** No speed is enough, so that several connections are always tried. */
const ranges = { from: 60_000, segment: 20_000, parts: 1, fast: Infinity, connections: 4 };

let registry: HostileRegistry;
let against: HostileRepository["against"];
before(async () => {
  registry = await startHostileRegistry();
  ({ against } = hostileRepository(registry, { ranges }));
});
after(() => registry[Symbol.asyncDispose]());

async function read(repository: Repository, offset = 0): Promise<Buffer> {
  const { stream } = await repository.fetchBlob(blob, { offset });
  return Buffer.concat(await Array.fromAsync(stream));
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function rangeOf({ headers }: HostileRequest): Range | undefined {
  const [, start, end = ""] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
  return start === undefined ? undefined : { start: Number(start), end: end === "" ? SIZE : Number(end) + 1 };
}

function sendRange(reply: HostileReply, { start, end }: Range, claimed: Range = { start, end }): void {
  reply.send(206, { "content-range": `bytes ${claimed.start}-${claimed.end - 1}/${SIZE}` }, BLOB.subarray(start, end));
}

/** As registries do it. */
function serve(request: HostileRequest, reply: HostileReply): void {
  const range = rangeOf(request);
  if (range === undefined) reply.send(200, {}, BLOB);
  else sendRange(reply, range);
}

test("a big blob comes in segments, each byte once", async () => {
  assert.ok((await against(serve, read)).equals(BLOB));
  const asked = registry.requests.map((request) => rangeOf(request) ?? { start: 0, end: 0 }).sort((a, b) => a.start - b.start);
  assert.deepEqual(asked[0], { start: 0, end: ranges.segment });
  assert.ok(asked.length >= 3, `${asked.length} requests`);
  asked.slice(1).forEach(({ start }, index) => assert.equal(start, asked[index]?.end));
  assert.equal(asked.at(-1)?.end, SIZE);
});

test("what is missing of a blob comes in segments, too, unless it is little", async () => {
  assert.ok((await against(serve, (repository) => read(repository, 123_456))).equals(BLOB.subarray(123_456)));
  assert.equal(registry.requests[0]?.headers.range, "bytes=123456-143455");
  assert.ok((await against(serve, (repository) => read(repository, SIZE - 1000))).equals(BLOB.subarray(SIZE - 1000)));
  assert.deepEqual(
    registry.requests.map(({ headers }) => headers.range),
    [`bytes=${SIZE - 1000}-`],
  );
});

/** What a registry may do with a range, each of which must end with the right bytes. */
const ODD: readonly (readonly [name: string, answer: (range: Range, reply: HostileReply) => void])[] = [
  ["ignores it", (_, reply) => reply.send(200, {}, BLOB)],
  ["says 416", (_, reply) => reply.send(416, { "content-range": `bytes */${SIZE}` })],
  ["says 206 without a range", (range, reply) => reply.send(206, {}, BLOB.subarray(range.start, range.end))],
  ["sends all the rest", ({ start }, reply) => sendRange(reply, { start, end: SIZE })],
  ["sends less", ({ start, end }, reply) => sendRange(reply, { start, end: Math.max(start + 1, end - 7) })],
  ["begins one byte off", ({ start, end }, reply) => sendRange(reply, { start: start + 1, end })],
];

for (const [name, answer] of ODD) {
  test(`a big blob comes right from a registry that ${name}`, async () => {
    const script: HostileScript = (request, reply) => {
      const range = rangeOf(request);
      if (range === undefined) reply.send(200, {}, BLOB);
      else answer(range, reply);
    };
    assert.ok((await against(script, read)).equals(BLOB));
  });
}

const BROKEN: typeof ODD = [
  ...ODD,
  ["resets the connection", (_, reply) => reply.reset()],
  ["is out of order", (_, reply) => reply.send(503)],
  ["has had enough of us", (_, reply) => reply.send(429, { "retry-after": "1" })],
  [
    "breaks off in the middle",
    ({ start, end }, reply) => {
      const headers = { "content-range": `bytes ${start}-${end - 1}/${SIZE}`, "content-length": String(end - start) };
      reply.sendBroken(206, headers, BLOB.subarray(start, start + (end - start) / 2));
    },
  ],
];

for (const [name, answer] of BROKEN) {
  test(`a big blob comes right when the registry ${name} for a while`, async () => {
    let asked = 0;
    const script: HostileScript = (request, reply) => {
      const range = rangeOf(request);
      asked += 1;
      // The first connection is a good one, and so is every one from the eighth on.
      if (range !== undefined && asked > 1 && asked < 8 && asked !== 4) answer(range, reply);
      else serve(request, reply);
    };
    assert.ok((await against(script, read)).equals(BLOB));
    assert.ok(asked > 1);
  });
}

test("a token that expires in the middle is renewed, for all connections", async () => {
  let tokens = 0;
  let uses = 0;
  const script: HostileScript = (request, reply) => {
    if (request.path.startsWith("/token")) return reply.send(200, {}, JSON.stringify({ token: `t${++tokens}`, expires_in: 3600 }));
    if (request.headers.authorization !== `Bearer t${tokens}` || ++uses % 4 === 0) {
      return reply.send(401, { "www-authenticate": `Bearer realm="${registry.origin}/token",service="s",scope="repository:t/app:pull"` });
    }
    return serve(request, reply);
  };
  assert.ok((await against(script, read)).equals(BLOB));
  assert.ok(tokens > 1, `${tokens} tokens`);
});

test("more than was asked for, where no header tells the length, is an error", async () => {
  const script: HostileScript = (_, reply) => {
    const headers = { "content-range": `bytes 0-19999/${SIZE}`, "transfer-encoding": "chunked", "content-length": [] };
    reply.send(206, headers, BLOB.subarray(0, 20_001));
  };
  await assert.rejects(against(script, read), { message: /sends more than the 20000 bytes that it was asked for$/ });
});

test("a registry that goes away for good is told of after its last attempt", async () => {
  const script: HostileScript = (request, reply) => (request.headers.range === "bytes=0-19999" ? serve(request, reply) : reply.send(502));
  await assert.rejects(against(script, read), { message: "received unexpected HTTP status: 502 Bad Gateway" });
});

test("leaving early and aborting end every connection", async () => {
  const script: HostileScript = (request, reply) => {
    const range = rangeOf(request);
    if (range === undefined || range.start <= 40_000) return serve(request, reply);
    const headers = { "content-range": `bytes ${range.start}-${range.end - 1}/${SIZE}`, "content-length": String(range.end - range.start) };
    return reply.trickle(206, headers, 5);
  };
  await against(script, async (repository) => {
    let received = 0;
    for await (const chunk of (await repository.fetchBlob(blob)).stream) {
      received += chunk.byteLength;
      if (received > 50_000) break;
    }
  });
  const control = new AbortController();
  await against(script, async (repository) => {
    let received = 0;
    const reading = (async () => {
      for await (const chunk of (await repository.fetchBlob(blob, { signal: control.signal })).stream) {
        received += chunk.byteLength;
        if (received > 50_000) control.abort();
      }
    })();
    await assert.rejects(reading, { kind: "cancelled" });
  });
});
