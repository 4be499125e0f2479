import assert from "node:assert/strict";
import type { ConformanceCase } from "../case.ts";
import { digestOf, imageOf, randomPiece } from "../content.ts";

const ABSENT = digestOf("nobody has pushed this");

const RANGES: readonly (readonly [range: string, from: number, to: number])[] = [
  ["500-1499", 500, 1500],
  ["500-", 500, 2048],
  ["-500", 1548, 2048],
  ["2000-5000", 2000, 2048],
];

export const PULL: readonly ConformanceCase[] = [
  {
    section: "Determining Support (end-1)",
    title: "`GET /v2/` answers 200",
    async run(lab) {
      const { headers } = await lab.ask(200, "GET /v2/");
      assert.equal(headers["docker-distribution-api-version"], "registry/2.0");
      await lab.ask(200, "HEAD /v2/");
    },
  },
  {
    section: "Pulling manifests (end-3)",
    title: "by digest and by tag, the bytes and the media type that were pushed",
    async run(lab) {
      await lab.expectManifest(await lab.push(imageOf(), "v1"), "v1");
    },
  },
  {
    section: "Pulling manifests (end-3)",
    title: "an unknown manifest is a 404, by digest, by tag and by what can be neither",
    async run(lab) {
      await lab.push(imageOf(), "v1");
      for (const reference of [ABSENT, "v2", ".INVALID_MANIFEST_NAME", "sha256:baddigeststring"]) {
        assert.equal(await lab.refusal(404, `GET manifests/${reference}`), "MANIFEST_UNKNOWN", reference);
        assert.equal((await lab.ask(404, `HEAD manifests/${reference}`)).body.byteLength, 0);
      }
    },
  },
  {
    section: "Pulling manifests (end-3)",
    title: "a repository has its own manifests and no other's",
    async run(lab) {
      const { descriptor } = await lab.push(imageOf(), "v1");
      for (const reference of ["v1", descriptor.digest]) {
        assert.equal(await lab.refusal(404, `GET /v2/${lab.other}/manifests/${reference}`), "MANIFEST_UNKNOWN");
      }
    },
  },
  {
    section: "Pulling blobs (end-2)",
    title: "the bytes that were pushed, with their length and digest",
    async run(lab) {
      const blob = randomPiece(300_000);
      await lab.pushBlob(blob);
      await lab.expectBlob(blob);
    },
  },
  {
    section: "Pulling blobs (end-2)",
    title: "an unknown blob is a 404, a malformed digest a 400",
    async run(lab) {
      assert.equal(await lab.refusal(404, `GET blobs/${ABSENT}`), "BLOB_UNKNOWN");
      assert.equal((await lab.ask(404, `HEAD blobs/${ABSENT}`)).body.byteLength, 0);
      assert.equal(await lab.refusal(400, "GET blobs/sha256:baddigeststring"), "DIGEST_INVALID");
    },
  },
  ...RANGES.map(([range, from, to]): ConformanceCase => ({
    section: "Pulling blobs (end-2)",
    title: `the part \`Range: bytes=${range}\` of 2048 bytes`,
    async run(lab) {
      const blob = randomPiece(2048);
      await lab.pushBlob(blob);
      const { headers, body } = await lab.ask(206, `GET blobs/${blob.descriptor.digest}`, { headers: { Range: `bytes=${range}` } });
      assert.deepEqual(body, blob.bytes.subarray(from, to));
      assert.equal(headers["content-range"], `bytes ${from}-${to - 1}/2048`);
      assert.equal(headers["content-length"], String(to - from));
    },
  })),
  ...["500-0", "5000-10000"].map((range): ConformanceCase => ({
    section: "Pulling blobs (end-2)",
    title: `no part for \`Range: bytes=${range}\` of 2048 bytes: 416`,
    async run(lab) {
      const blob = randomPiece(2048);
      await lab.pushBlob(blob);
      const { headers } = await lab.ask(416, `GET blobs/${blob.descriptor.digest}`, { headers: { Range: `bytes=${range}` } });
      assert.equal(headers["content-range"], "bytes */2048");
    },
  })),
];
