import assert from "node:assert/strict";
import type { ConformanceCase, Lab } from "../case.ts";
import { artifactOf, digestOf, imageOf, indexOf, TYPE } from "../content.ts";
import type { Descriptor, Whole } from "../content.ts";

interface Referrers {
  readonly schemaVersion: number;
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
}

async function referrersOf(lab: Lab, subject: string, query = ""): Promise<readonly Descriptor[]> {
  const { headers, body } = await lab.ask(200, `GET referrers/${subject}${query}`);
  const { schemaVersion, mediaType, manifests } = JSON.parse(body.toString()) as Referrers;
  assert.deepEqual([schemaVersion, mediaType, headers["content-type"]], [2, TYPE.index, TYPE.index]);
  return manifests;
}

/** What a referrer is listed as. */
function listed({ descriptor }: Whole, artifactType: string, annotations?: Readonly<Record<string, string>>): Descriptor {
  return { ...descriptor, artifactType, ...(annotations !== undefined && { annotations }) };
}

function byDigest(descriptors: readonly Descriptor[]): Descriptor[] {
  return descriptors.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
}

function subjectOf({ descriptor }: Whole): { readonly subject: Descriptor } {
  return { subject: descriptor };
}

async function pages(lab: Lab, path: string, key: string): Promise<string[][]> {
  const found: string[][] = [];
  let next: string | undefined = path;
  while (next !== undefined && found.length < 20) {
    const { headers, body } = await lab.ask(200, `GET ${next}`);
    found.push((JSON.parse(body.toString()) as Record<string, string[]>)[key] ?? []);
    next = /^<([^>]+)>; rel="next"$/.exec(String(headers["link"] ?? ""))?.[1];
  }
  return found;
}

export const DISCOVERY: readonly ConformanceCase[] = [
  {
    section: "Listing tags (end-8a)",
    title: "all tags, in order, case last",
    async run(lab) {
      const image = await lab.push(imageOf(), "b");
      for (const tag of ["a", "B", "_x", "10", "9"]) await lab.putManifest(image, tag);
      assert.deepEqual(await lab.json("GET tags/list"), { name: lab.repository, tags: ["10", "9", "_x", "a", "B", "b"] });
    },
  },
  {
    section: "Listing tags (end-8a)",
    title: "an unknown repository is a 404",
    async run(lab) {
      assert.equal(await lab.refusal(404, "GET tags/list"), "NAME_UNKNOWN");
    },
  },
  {
    section: "Listing tags (end-8b)",
    title: "`n` and `last` cut a page, and `Link` leads to the next",
    async run(lab) {
      const image = await lab.push(imageOf(), "t1");
      for (const tag of ["t2", "t3", "t4", "t5"]) await lab.putManifest(image, tag);
      assert.deepEqual(await lab.json("GET tags/list?n=2&last=t1"), { name: lab.repository, tags: ["t2", "t3"] });
      assert.deepEqual(await lab.json("GET tags/list?last=t3"), { name: lab.repository, tags: ["t4", "t5"] });
      assert.deepEqual(await lab.json("GET tags/list?n=0"), { name: lab.repository, tags: [] });
      assert.deepEqual(await pages(lab, `/v2/${lab.repository}/tags/list?n=2`, "tags"), [["t1", "t2"], ["t3", "t4"], ["t5"]]);
      for (const n of ["-1", "x", "1.5", ""]) assert.equal(await lab.refusal(400, `GET tags/list?n=${n}`), "PAGINATION_NUMBER_INVALID");
    },
  },
  {
    section: "Listing repositories (Docker's `_catalog`)",
    title: "every repository by its familiar name, in pages",
    async run(lab) {
      await lab.push(imageOf(), "v1");
      const found = (await pages(lab, "/v2/_catalog?n=7", "repositories")).flat();
      assert.ok(found.includes(lab.repository));
      assert.deepEqual(found, found.toSorted());
    },
  },
  {
    section: "Listing referrers (end-12a)",
    title: "what has no referrers has an empty list, pushed or not",
    async run(lab) {
      assert.deepEqual(await referrersOf(lab, digestOf("never pushed")), []);
      assert.deepEqual(await referrersOf(lab, (await lab.push(imageOf())).descriptor.digest), []);
      assert.equal(await lab.refusal(400, "GET referrers/sha256:x"), "DIGEST_INVALID");
    },
  },
  {
    section: "Pushing manifests with subject (end-7, end-12a)",
    title: "images, artifacts and indexes are listed with artifact type and annotations, tagged or not",
    async run(lab) {
      const subject = await lab.push(imageOf(), "subject");
      const annotations = { "org.example.note": "hello" };
      const more = { ...subjectOf(subject), annotations };
      const image = await lab.push(imageOf({ more: subjectOf(subject) }));
      const artifact = await lab.push(artifactOf({ more }));
      const tagged = await lab.push(artifactOf({ more }), "tagged");
      const index = await lab.push(indexOf([artifactOf()], { more: { ...more, artifactType: "application/vnd.example.index" } }), "index");
      const expected = [
        listed(image, TYPE.config),
        listed(artifact, TYPE.artifact, annotations),
        listed(tagged, TYPE.artifact, annotations),
        listed(index, "application/vnd.example.index", annotations),
      ];
      assert.deepEqual(byDigest(await referrersOf(lab, subject.descriptor.digest)), byDigest(expected));
      for (const referrer of [image, artifact, tagged, index]) await lab.expectWhole(referrer);
    },
  },
  {
    section: "Pushing manifests with subject (end-7)",
    title: "the answer names the subject",
    async run(lab) {
      const subject = await lab.push(imageOf());
      const artifact = artifactOf({ more: subjectOf(subject) });
      for (const blob of artifact.blobs) await lab.pushBlob(blob);
      assert.equal((await lab.putManifest(artifact)).headers["oci-subject"], subject.descriptor.digest);
    },
  },
  {
    section: "Pushing manifests with subject (end-7, end-12a)",
    title: "a subject may come after what speaks of it, or never",
    async run(lab) {
      const subject = imageOf();
      const artifact = await lab.push(artifactOf({ more: subjectOf(subject) }));
      assert.deepEqual(await referrersOf(lab, subject.descriptor.digest), [listed(artifact, TYPE.artifact)]);
      await lab.push(subject, "late");
      assert.deepEqual(await referrersOf(lab, subject.descriptor.digest), [listed(artifact, TYPE.artifact)]);
      await lab.expectWhole(artifact);
    },
  },
  {
    section: "Listing referrers (end-12b)",
    title: "`artifactType` leaves out all others, and the answer says so",
    async run(lab) {
      const subject = await lab.push(imageOf());
      const one = await lab.push(artifactOf({ more: subjectOf(subject) }));
      const two = await lab.push(artifactOf({ more: { ...subjectOf(subject), artifactType: "application/vnd.example.two+json" } }));
      const query = `?artifactType=${encodeURIComponent("application/vnd.example.two+json")}`;
      const { headers } = await lab.ask(200, `GET referrers/${subject.descriptor.digest}${query}`);
      assert.equal(headers["oci-filters-applied"], "artifactType");
      assert.deepEqual(await referrersOf(lab, subject.descriptor.digest, query), [listed(two, "application/vnd.example.two+json")]);
      assert.deepEqual(await referrersOf(lab, subject.descriptor.digest, `?artifactType=${TYPE.artifact}`), [listed(one, TYPE.artifact)]);
      assert.deepEqual(await referrersOf(lab, subject.descriptor.digest, "?artifactType=none"), []);
    },
  },
  {
    section: "Listing referrers (end-12a)",
    title: "long lists come in pages",
    async run(lab) {
      const subject = await lab.push(imageOf());
      const all: string[] = [];
      for (let count = 0; count < 5; count += 1) all.push((await lab.push(artifactOf({ more: subjectOf(subject) }))).descriptor.digest);
      const found = await pages(
        lab,
        `/v2/${lab.repository}/referrers/${subject.descriptor.digest}?n=2&artifactType=${TYPE.artifact}`,
        "manifests",
      );
      assert.deepEqual(
        found.map((page) => page.length),
        [2, 2, 1],
      );
      assert.deepEqual(
        found.flat().map((entry) => (entry as unknown as Descriptor).digest),
        all.toSorted(),
      );
    },
  },
];
