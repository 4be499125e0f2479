import assert from "node:assert/strict";
import type { ConformanceCase } from "../case.ts";
import { artifactOf, imageOf, indexOf, randomPiece } from "../content.ts";
import type { Whole } from "../content.ts";

export const MANAGEMENT: readonly ConformanceCase[] = [
  {
    section: "Deleting tags (end-9)",
    title: "a deleted tag is gone at once, the manifest and its other tags stay",
    async run(lab) {
      const image = await lab.push(imageOf(), "one", "two");
      await lab.ask(202, "DELETE manifests/one");
      await lab.ask(404, "HEAD manifests/one");
      assert.deepEqual(await lab.json("GET tags/list"), { name: lab.repository, tags: ["two"] });
      await lab.ask(202, "DELETE manifests/two");
      await lab.expectWhole(image);
    },
  },
  {
    section: "Deleting manifests (end-9)",
    title: "a deleted manifest is gone at once, with its tags and blobs",
    async run(lab) {
      const image = await lab.push(imageOf(), "one", "two");
      await lab.ask(202, `DELETE manifests/${image.descriptor.digest}`);
      for (const reference of ["one", "two", image.descriptor.digest]) await lab.ask(404, `GET manifests/${reference}`);
      for (const { descriptor } of image.blobs) await lab.ask(404, `HEAD blobs/${descriptor.digest}`);
      assert.deepEqual(await lab.engine.images.list({ filters: { references: [lab.repository] } }), []);
    },
  },
  {
    section: "Deleting manifests (end-9)",
    title: "an index goes with its manifests; a manifest inside an index does not go alone",
    async run(lab) {
      const index = await lab.push(indexOf([imageOf(), imageOf({ architecture: "arm64" })]), "v1");
      const [part] = index.manifests as [Whole, ...Whole[]];
      assert.equal(await lab.refusal(405, `DELETE manifests/${part.descriptor.digest}`), "UNSUPPORTED");
      await lab.expectWhole(index, "v1");
      await lab.ask(202, `DELETE manifests/${index.descriptor.digest}`);
      for (const { descriptor } of [index, ...index.manifests]) await lab.ask(404, `GET manifests/${descriptor.digest}`);
    },
  },
  {
    section: "Deleting manifests (end-9)",
    title: "a referrer goes alone, its subject takes the others along",
    async run(lab) {
      const subject = await lab.push(imageOf(), "v1");
      const more = { subject: subject.descriptor };
      const [one, two, tagged] = [
        await lab.push(artifactOf({ more })),
        await lab.push(artifactOf({ more })),
        await lab.push(artifactOf({ more }), "mine"),
      ];
      await lab.ask(202, `DELETE manifests/${one.descriptor.digest}`);
      await lab.ask(404, `GET manifests/${one.descriptor.digest}`);
      await lab.expectWhole(two);
      await lab.expectWhole(subject, "v1");
      await lab.ask(202, `DELETE manifests/${subject.descriptor.digest}`);
      await lab.ask(404, `GET manifests/${two.descriptor.digest}`);
      await lab.expectWhole(tagged, "mine");
    },
  },
  {
    section: "Deleting manifests (end-9)",
    title: "what is not there cannot be deleted: 404",
    async run(lab) {
      const image = imageOf();
      await lab.push(imageOf(), "v1");
      for (const reference of ["v2", image.descriptor.digest])
        assert.equal(await lab.refusal(404, `DELETE manifests/${reference}`), "MANIFEST_UNKNOWN");
      assert.equal(await lab.refusal(404, `DELETE blobs/${image.descriptor.digest}`), "BLOB_UNKNOWN");
    },
  },
  {
    section: "Deleting blobs (end-10)",
    title: "a deleted blob is gone at once",
    async run(lab) {
      const blob = randomPiece();
      await lab.pushBlob(blob);
      await lab.ask(202, `DELETE blobs/${blob.descriptor.digest}`);
      await lab.ask(404, `HEAD blobs/${blob.descriptor.digest}`);
    },
  },
  {
    section: "Deleting blobs (end-10)",
    title: "a blob that a manifest needs is not deleted: 405",
    async run(lab) {
      const image = await lab.push(imageOf(), "v1");
      for (const { descriptor } of image.blobs) assert.equal(await lab.refusal(405, `DELETE blobs/${descriptor.digest}`), "UNSUPPORTED");
      await lab.expectWhole(image, "v1");
    },
  },
  {
    section: "Error codes",
    title: "a name that is none is a 400, whatever is asked of it",
    async run(lab) {
      const digest = randomPiece().descriptor.digest;
      for (const name of ["a/UPPER", "a//b", "a/-b", "a/b_", "a%20b", "..%2Fetc", "%2e%2e/x", `a/${"b".repeat(256)}`, "a:b/c:d"]) {
        for (const line of [
          "GET %/tags/list",
          "GET %/manifests/v1",
          `GET %/blobs/${digest}`,
          "POST %/blobs/uploads/",
          `GET %/referrers/${digest}`,
        ]) {
          assert.equal(await lab.refusal(400, line.replace("%", `/v2/${name}`)), "NAME_INVALID", `${name}: ${line}`);
        }
      }
    },
  },
  {
    section: "Error codes",
    title: "methods and paths that are not there are told in the protocol's form",
    async run(lab) {
      assert.equal(await lab.refusal(405, "POST manifests/v1"), "UNSUPPORTED");
      assert.equal((await lab.ask(405, "PATCH tags/list")).headers["allow"], "GET, HEAD");
      for (const path of ["/v2/x", "/v2/a/b/unknown/c", "/v2/_catalog/"]) assert.equal(await lab.refusal(404, `GET ${path}`), "UNKNOWN");
    },
  },
];
