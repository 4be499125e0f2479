import assert from "node:assert/strict";
import type { ConformanceCase, Lab } from "../case.ts";
import { locationOf } from "../case.ts";
import { digestOf, pieceOf, randomPiece } from "../content.ts";
import type { Piece } from "../content.ts";

const OCTETS = { "Content-Type": "application/octet-stream" };

/** Sends a blob in three parts; `last` tells with which request the third one goes. */
async function sendInChunks(lab: Lab, { bytes, descriptor }: Piece, last: "PATCH" | "PUT"): Promise<string> {
  const third = Math.ceil(bytes.byteLength / 3);
  let location = await lab.begin();
  for (let from = 0; from < bytes.byteLength; from += third) {
    const chunk = bytes.subarray(from, from + third);
    const headers = { ...OCTETS, "Content-Range": `${from}-${from + chunk.byteLength - 1}` };
    const isLast = from + third >= bytes.byteLength;
    if (isLast && last === "PUT") {
      return locationOf(await lab.ask(201, `PUT ${location}?digest=${descriptor.digest}`, { body: chunk, headers }));
    }
    const reply = await lab.ask(202, `PATCH ${location}`, { body: chunk, headers });
    assert.equal(reply.headers.range, `0-${from + chunk.byteLength - 1}`);
    location = locationOf(reply);
  }
  return locationOf(await lab.ask(201, `PUT ${location}?digest=${descriptor.digest}`, { headers: { "Content-Length": "0" } }));
}

async function expectAt(lab: Lab, location: string, blob: Piece): Promise<void> {
  assert.deepEqual((await lab.ask(200, `GET ${location}`)).body, blob.bytes);
  await lab.expectBlob(blob);
}

function inEveryAlgorithm(section: string, title: string, run: (lab: Lab, blob: Piece) => Promise<void>): ConformanceCase[] {
  return ["sha256", "sha512"].map((algorithm) => ({
    section,
    title: `${title}, ${algorithm}`,
    run: (lab) => run(lab, randomPiece(3067, algorithm)),
  }));
}

const MONOLITHIC = "Pushing a blob monolithically";
const CHUNKED = "Pushing a blob in chunks (end-5, end-6)";

export const PUSH_BLOBS: readonly ConformanceCase[] = [
  ...inEveryAlgorithm(`${MONOLITHIC}: POST then PUT (end-4a, end-6)`, "the blob is at the location of the answer", async (lab, blob) => {
    const location = await lab.begin();
    const { digest } = blob.descriptor;
    const reply = await lab.ask(201, `PUT ${location}?digest=${digest}`, { body: blob.bytes, headers: OCTETS });
    assert.equal(reply.headers["docker-content-digest"], digest);
    await expectAt(lab, locationOf(reply), blob);
  }),
  ...inEveryAlgorithm(`${MONOLITHIC}: single POST (end-4b)`, "the blob is at the location of the answer", async (lab, blob) => {
    const reply = await lab.ask(201, `POST blobs/uploads/?digest=${blob.descriptor.digest}`, { body: blob.bytes, headers: OCTETS });
    await expectAt(lab, locationOf(reply), blob);
  }),
  ...inEveryAlgorithm("Pushing a blob as a stream (end-5, end-6)", "a PATCH without a range takes all", async (lab, blob) => {
    const location = locationOf(await lab.ask(202, `PATCH ${await lab.begin()}`, { body: blob.bytes, headers: OCTETS }));
    const reply = await lab.ask(201, `PUT ${location}?digest=${blob.descriptor.digest}`, { headers: { "Content-Length": "0" } });
    await expectAt(lab, locationOf(reply), blob);
  }),
  ...inEveryAlgorithm(CHUNKED, "parts in order, then a PUT without a body", async (lab, blob) => {
    await expectAt(lab, await sendInChunks(lab, blob, "PATCH"), blob);
  }),
  ...inEveryAlgorithm(CHUNKED, "parts in order, the last one with the PUT", async (lab, blob) => {
    await expectAt(lab, await sendInChunks(lab, blob, "PUT"), blob);
  }),
  {
    section: CHUNKED,
    title: "a part out of order is a 416 with the place to go on from, also in the PUT",
    async run(lab) {
      const { bytes, descriptor } = randomPiece(300);
      const location = await lab.begin();
      const wrong = { body: bytes.subarray(100, 200), headers: { "Content-Range": "100-199" } };
      await lab.ask(416, `PATCH ${location}`, wrong);
      await lab.ask(202, `PATCH ${location}`, { body: bytes.subarray(0, 100), headers: { "Content-Range": "0-99" } });
      for (const line of [`PATCH ${location}`, `PUT ${location}?digest=${descriptor.digest}`]) {
        const reply = await lab.ask(416, line, { body: bytes.subarray(200), headers: { "Content-Range": "200-299" } });
        assert.deepEqual([reply.headers.range, reply.headers.location], ["0-99", location]);
      }
      await lab.ask(416, `PATCH ${location}`, { body: "x", headers: { "Content-Range": "no range" } });
      await lab.ask(202, `PATCH ${location}`, { body: bytes.subarray(100), headers: { "Content-Range": "100-299" } });
      await lab.ask(201, `PUT ${location}?digest=${descriptor.digest}`);
    },
  },
  {
    section: "Pushing a blob in chunks (end-13)",
    title: "`GET` of an upload answers 204 with how far it has come",
    async run(lab) {
      const location = await lab.begin();
      assert.equal((await lab.ask(204, `GET ${location}`)).headers.range, "0-0");
      await lab.ask(202, `PATCH ${location}`, { body: "0123456789" });
      const { headers } = await lab.ask(204, `GET ${location}`);
      assert.deepEqual([headers.range, headers.location], ["0-9", location]);
    },
  },
  {
    section: "Cancelling a blob upload (end-14)",
    title: "a cancelled upload is unknown, and its blob too",
    async run(lab) {
      const { bytes, descriptor } = randomPiece();
      const location = await lab.begin();
      await lab.ask(202, `PATCH ${location}`, { body: bytes });
      await lab.ask(204, `DELETE ${location}`);
      for (const line of [`GET ${location}`, `PATCH ${location}`, `PUT ${location}?digest=${descriptor.digest}`, `DELETE ${location}`]) {
        assert.equal(await lab.refusal(404, line), "BLOB_UPLOAD_UNKNOWN");
      }
      await lab.ask(404, `HEAD blobs/${descriptor.digest}`);
    },
  },
  ...["PUT", "POST", "PATCH"].map((method): ConformanceCase => ({
    section: "Pushing blobs",
    title: `bytes that have another digest are a 400 and are not kept (${method})`,
    async run(lab) {
      const { bytes } = randomPiece(3067);
      const digest = digestOf(`not ${lab.repository}`);
      if (method === "POST")
        assert.equal(await lab.refusal(400, `POST blobs/uploads/?digest=${digest}`, { body: bytes }), "DIGEST_INVALID");
      else {
        const location = await lab.begin();
        if (method === "PATCH") await lab.ask(202, `PATCH ${location}`, { body: bytes });
        const body = method === "PUT" ? { body: bytes } : {};
        assert.equal(await lab.refusal(400, `PUT ${location}?digest=${digest}`, body), "DIGEST_INVALID");
      }
      for (const absent of [digest, digestOf(bytes)]) await lab.ask(404, `HEAD blobs/${absent}`);
    },
  })),
  {
    section: "Pushing blobs",
    title: "a PUT without a digest, or with none that can be one, is a 400 and leaves the upload as it is",
    async run(lab) {
      const location = await lab.begin();
      await lab.ask(202, `PATCH ${location}`, { body: "{}" });
      for (const query of ["", "?digest=", "?digest=sha256:x", "?digest=md5:d41d8cd98f00b204e9800998ecf8427e"]) {
        assert.equal(await lab.refusal(400, `PUT ${location}${query}`), "DIGEST_INVALID");
      }
      await lab.ask(201, `PUT ${location}?digest=${digestOf("{}")}`);
    },
  },
  ...(
    [
      ["no byte", ""],
      ["an empty JSON object", "{}"],
    ] as const
  ).flatMap(([what, text]) =>
    ["sha256", "sha512"].map((algorithm): ConformanceCase => ({
      section: "Pushing blobs",
      title: `a blob of ${what}, ${algorithm}`,
      async run(lab) {
        const blob = pieceOf("application/octet-stream", text, algorithm);
        await lab.ask(201, `PUT ${await lab.begin()}?digest=${blob.descriptor.digest}`, { body: text });
        await lab.expectBlob(blob);
      },
    })),
  ),
  ...(["the repository it is in", "no repository"] as const).map((from): ConformanceCase => ({
    section: "Mounting a blob from another repository (end-11)",
    title: `a blob is mounted from ${from}`,
    async run(lab) {
      const blob = randomPiece();
      await lab.pushBlob(blob, lab.other);
      const source = from === "no repository" ? "" : `&from=${encodeURIComponent(lab.other)}`;
      const reply = await lab.ask(201, `POST blobs/uploads/?mount=${encodeURIComponent(blob.descriptor.digest)}${source}`);
      assert.equal(reply.headers["docker-content-digest"], blob.descriptor.digest);
      await expectAt(lab, locationOf(reply), blob);
    },
  })),
  {
    section: "Mounting a blob from another repository (end-11)",
    title: "what cannot be mounted becomes an upload like any other",
    async run(lab) {
      const blob = randomPiece();
      for (const mount of [blob.descriptor.digest, "sha256:x"]) {
        const location = locationOf(await lab.ask(202, `POST blobs/uploads/?mount=${mount}&from=${lab.other}`));
        await lab.ask(201, `PUT ${location}?digest=${blob.descriptor.digest}`, { body: blob.bytes });
        await lab.expectBlob(blob);
        await lab.ask(202, `DELETE blobs/${blob.descriptor.digest}`);
      }
    },
  },
];
