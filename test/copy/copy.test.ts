import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { openEngine } from "#engine";
import type { CopyEvent, CopyRequest, Engine } from "#engine";
import { hasRegistry, PASSWORD, startRegistry } from "../fixtures/registry.ts";
import type { RunningRegistry } from "../fixtures/registry.ts";
import { startTokenServer } from "../fixtures/token-server.ts";
import { artifactOf, imageOf, indexOf, jsonPiece, manifestOf, randomPiece, TYPE } from "../v2/content.ts";
import type { Whole } from "../v2/content.ts";
import { serveRegistry } from "../v2/served-registry.ts";
import { basic, hasBlob, manifest, seed, twoPlatforms } from "./seed.ts";
import type { RawRepository } from "./seed.ts";

const skip = hasRegistry ? false : "docker-registry is not installed";
const skopeo = existsSync("/usr/bin/skopeo") ? false : "skopeo is not installed";
const run = promisify(execFile);

describe("copying from registry to registry", { skip }, () => {
  let engine: Engine;
  let here: RunningRegistry;
  let there: RunningRegistry;
  let number = 0;
  before(async () => {
    [engine, here, there] = await Promise.all([openEngine({ memory: true }), startRegistry(), startRegistry()]);
  });
  after(async () => {
    await Promise.all([engine, here, there].map((one) => one[Symbol.asyncDispose]()));
  });

  const copy = (request: CopyRequest, by = engine): Promise<CopyEvent[]> => Array.fromAsync(by.registries.copy(request));
  const at = ({ host, path }: RawRepository, suffix = ":1"): string => `${host}/${path}${suffix}`;
  /** A source and a target that no other test uses. */
  const repositories = (): readonly [RawRepository, RawRepository] => {
    number += 1;
    return [
      { host: here.host, path: `from/${number}` },
      { host: there.host, path: `to/${number}` },
    ];
  };
  const stepsOf = (events: readonly CopyEvent[]): string[] =>
    events.flatMap((event) => (event.type === "blob" && !/waits|copying/.test(event.state.step) ? [event.state.step] : [])).toSorted();
  const sizeOf = ({ blobs }: Whole): number => blobs.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  const transferredIn = (events: readonly CopyEvent[]): number | undefined => {
    const last = events.at(-1);
    return last?.type === "done" ? last.transferred : undefined;
  };

  test("an index of two platforms arrives byte for byte, its tag last", async () => {
    const [from, to] = repositories();
    const index = twoPlatforms();
    await seed(from, index, "1");
    const events = await copy({ from: at(from), to: at(to, ":new") });
    assert.deepEqual(events[0], { type: "copying", from: at(from), to: at(to, ":new"), digest: index.descriptor.digest });
    assert.deepEqual(
      stepsOf(events),
      Array.from({ length: 6 }, () => "copied"),
    );
    const told = events.flatMap((event) =>
      event.type === "blob" && event.state.step === "copying" ? [`${event.digest} ${event.state.current}`] : [],
    );
    assert.equal(new Set(told).size, told.length, "nothing is told twice");
    assert.deepEqual(
      events.flatMap((event) => (event.type === "manifest" ? [event.digest] : [])),
      index.parts.map(({ descriptor }) => descriptor.digest),
    );
    const { digest, size } = index.descriptor;
    assert.deepEqual(events.slice(-2), [
      { type: "copied", name: at(to, ":new"), digest, size },
      { type: "done", transferred: sizeOf(index) },
    ]);
    assert.deepEqual(await manifest(to, "new"), index.bytes);
    const puts = there.log().matchAll(new RegExp(`"PUT /v2/${to.path}/manifests/([^ ]+) `, "g"));
    assert.deepEqual(
      Array.from(puts, ([, reference]) => reference),
      [...index.parts.map((part) => part.descriptor.digest), "new"],
    );
  });

  test("what is there already is neither read nor sent again", async () => {
    const [from, to] = repositories();
    const index = twoPlatforms();
    await seed(from, index, "1");
    await copy({ from: at(from), to: at(to) });
    const events = await copy({ from: at(from), to: at(to) });
    assert.deepEqual([stepsOf(events), transferredIn(events)], [[], 0]);
    assert.equal(there.log().match(new RegExp(`"PUT /v2/${to.path}/manifests/1 `, "g"))?.length, 1);
    // The same layers in another image of the target.
    const other = {
      ...index.parts[0],
      ...manifestOf(index.parts[0].blobs[0] ?? randomPiece(), index.parts[0].blobs.slice(1), { more: { annotations: { a: "b" } } }),
    };
    await seed(from, other, "2");
    const again = await copy({ from: at(from, ":2"), to: at(to, ":2") });
    assert.deepEqual([stepsOf(again), transferredIn(again)], [["exists", "exists", "exists"], 0]);
  });

  test("within one registry layers are mounted, and none of their bytes travels", async () => {
    const [from] = repositories();
    const index = await seed(from, twoPlatforms(), "1");
    const target = { host: here.host, path: `${from.path}/mounted` };
    const events = await copy({ from: at(from), to: at(target) });
    assert.deepEqual([stepsOf(events), transferredIn(events)], [Array.from({ length: 6 }, () => "mounted"), 0]);
    assert.deepEqual(await manifest(target, "1"), index.bytes);
    assert.doesNotMatch(here.log(), new RegExp(`"GET /v2/${from.path}/blobs/`));
  });

  test("signatures and SBOMs come along, and what refers to them, where the registry lists them by tag", async () => {
    const [from, to] = repositories();
    const index = await seed(from, twoPlatforms(), "1");
    const sbom = artifactOf({ more: { subject: index.parts[0].descriptor, artifactType: "application/spdx" } });
    const signature = artifactOf({ more: { subject: index.descriptor } });
    const counter = artifactOf({ more: { subject: signature.descriptor } });
    const lists: [Whole, Whole][] = [
      [index.parts[0], sbom],
      [index, signature],
      [signature, counter],
    ];
    for (const [subject, referrer] of lists) {
      await seed(from, referrer);
      await seed(from, indexOf([{ ...referrer, descriptor: { ...referrer.descriptor, artifactType: TYPE.artifact } }]), tagOf(subject));
    }
    const without = await copy({ from: at(from), to: at(to, ":bare"), referrers: false });
    assert.deepEqual(
      without.filter((event) => event.type === "manifest" && event.subject !== undefined),
      [],
    );
    const events = await copy({ from: at(from), to: at(to) });
    const referring = events.flatMap((event) =>
      event.type === "manifest" && event.subject !== undefined ? [[event.subject, event.digest]] : [],
    );
    assert.deepEqual(
      new Set(referring.map(String)),
      new Set(lists.map(([subject, referrer]) => `${subject.descriptor.digest},${referrer.descriptor.digest}`)),
    );
    for (const [subject, referrer] of lists) {
      assert.deepEqual(await manifest(to, referrer.descriptor.digest), referrer.bytes);
      const { manifests } = JSON.parse(String(await manifest(to, tagOf(subject)))) as {
        manifests: { digest: string; artifactType: string }[];
      };
      assert.deepEqual(
        manifests.map(({ digest, artifactType }) => [digest, artifactType]),
        [[referrer.descriptor.digest, TYPE.artifact]],
      );
    }
    const again = await copy({ from: at(from), to: at(to) });
    assert.ok(again.every((event) => event.type !== "manifest" || !event.isNew));
  });

  test("a list of referrers keeps what others have put there, and what is gone is told", async () => {
    const [from, to] = repositories();
    const image = await seed(from, imageOf(), "1");
    const [kept, gone, old] = [0, 1, 2].map(() => artifactOf({ more: { subject: image.descriptor } })) as [Whole, Whole, Whole];
    await seed(from, kept);
    // docker-registry takes no index of what it does not have, so what is gone has to be there first.
    await seed(from, gone);
    await seed(from, indexOf([kept, gone]), tagOf(image));
    assert.equal((await fetch(`${here.origin}/v2/${from.path}/manifests/${gone.descriptor.digest}`, { method: "DELETE" })).status, 202);
    await seed(to, old);
    await seed(to, indexOf([old], { more: { annotations: { mine: "yes" } } }), tagOf(image));
    const events = await copy({ from: at(from), to: at(to) });
    assert.deepEqual(
      events.filter(({ type }) => type === "missing-referrer"),
      [{ type: "missing-referrer", digest: gone.descriptor.digest, subject: image.descriptor.digest }],
    );
    const list = JSON.parse(String(await manifest(to, tagOf(image)))) as { manifests: { digest: string }[]; annotations: unknown };
    assert.deepEqual(
      list.manifests.map(({ digest }) => digest),
      [old.descriptor.digest, kept.descriptor.digest],
    );
    assert.deepEqual(list.annotations, { mine: "yes" });
  });

  test("one platform is copied as the manifest that it is", async () => {
    const [from, to] = repositories();
    const index = await seed(from, twoPlatforms(), "1");
    const events = await copy({ from: at(from), to: at(to), platform: { os: "linux", architecture: "arm64" } });
    assert.equal(transferredIn(events), sizeOf(index.parts[1]));
    assert.deepEqual(await manifest(to, "1"), index.parts[1].bytes);
    await assert.rejects(copy({ from: at(from), to: at(to), platform: { os: "linux", architecture: "s390x" } }), {
      kind: "not-found",
      message: `cannot copy: source ${at(from, "")}: no matching manifest for linux/s390x in the manifest list entries`,
    });
    const single = at(from, `@${index.parts[1].descriptor.digest}`);
    await assert.rejects(copy({ from: single, to: at(to), platform: { os: "linux", architecture: "amd64" } }), {
      message: /its platform \(linux\/arm64\) does not match the specified platform \(linux\/amd64\)/,
    });
  });

  test("names without a tag are latest; a digest needs none; all tags are copied when that is asked for", async () => {
    const [from, to] = repositories();
    const [one, two] = [await seed(from, imageOf(), "latest", "a"), await seed(from, imageOf(), "b")];
    await copy({ from: at(from, ""), to: at(to, "") });
    assert.deepEqual(await manifest(to, "latest"), one.bytes);
    await copy({ from: at(from, ":b"), to: at(to, `@${two.descriptor.digest}`) });
    assert.deepEqual(await manifest(to, two.descriptor.digest), two.bytes);
    await assert.rejects(copy({ from: at(from, ":b"), to: at(to, `@${one.descriptor.digest}`) }), {
      kind: "invalid-argument",
      message: /it is sha256:/,
    });
    const events = await copy({ from: at(from, ""), to: at(to, "/all"), allTags: true });
    const copied = events.flatMap((event) => (event.type === "copied" ? [event.name] : []));
    assert.deepEqual(
      copied.toSorted(),
      ["a", "b", "latest"].map((tag) => at(to, `/all:${tag}`)),
    );
    await assert.rejects(copy({ from: at(from, ":a"), to: at(to, ""), allTags: true }), {
      kind: "invalid-argument",
      message: /expected a repository/,
    });
  });

  test("layers that are to be had elsewhere stay there", async () => {
    const [from, to] = repositories();
    const config = jsonPiece(TYPE.config, { os: "windows", architecture: "amd64", rootfs: { type: "layers", diff_ids: [] } });
    const foreign = randomPiece();
    const elsewhere = { ...foreign, descriptor: { ...foreign.descriptor, mediaType: TYPE.foreign, urls: ["https://example.com/layer"] } };
    const image = { ...manifestOf(config, [elsewhere]), blobs: [config] };
    await seed(from, image, "1");
    assert.deepEqual(stepsOf(await copy({ from: at(from), to: at(to) })), ["copied", "foreign"]);
    assert.deepEqual([await manifest(to, "1"), await hasBlob(to, foreign.descriptor.digest)], [image.bytes, false]);
  });

  test("each registry gets the credentials that are its own, passwords and tokens", async () => {
    await using tokens = await startTokenServer({ users: { bob: "token password" } });
    await using byPassword = await startRegistry({ users: ["alice"] });
    await using byToken = await startRegistry({ token: tokens });
    const from = { host: byPassword.host, path: "team/app", authorization: basic("alice", PASSWORD) };
    const image = await seed(from, twoPlatforms(), "1");
    const [source, target] = [at(from), `${byToken.host}/other/app:1`];
    const alice = { username: "alice", password: PASSWORD };
    const bob = { username: "bob", password: "token password" };
    const credentials = new Map([
      [byPassword.host, alice],
      [byToken.host, bob],
    ]);
    await assert.rejects(copy({ from: source, to: target }), {
      kind: "unauthorized",
      message: new RegExp(
        `^cannot copy: source ${byPassword.host}/team/app: .*\\(to resolve the reference, ${byPassword.host} .*docker login`,
      ),
      details: { side: "source", operation: "resolve the reference", host: byPassword.host },
    });
    await assert.rejects(copy({ from: source, to: target, credentials: new Map([[byPassword.host, alice]]) }), {
      message: new RegExp(`^cannot copy: target ${byToken.host}/other/app: .*credentials: none`),
    });
    await copy({ from: source, to: target, credentials });
    const swapped = await copy({ from: target, to: `${byPassword.host}/team/back:1`, credentials });
    assert.equal(transferredIn(swapped), sizeOf(image));
    assert.deepEqual(await manifest({ ...from, path: "team/back" }, "1"), image.bytes);
    assert.ok(tokens.records.every(({ account }) => account === "bob" || account === undefined));
  });

  test("from and to a Slipway's own registry", async () => {
    const [from, to] = repositories();
    const index = await seed(from, twoPlatforms(), "1");
    const signature = await seed(from, artifactOf({ more: { subject: index.descriptor } }));
    await seed(from, indexOf([signature]), tagOf(index));
    await using middle = await openEngine({ memory: true });
    await using served = await serveRegistry(middle);
    const slipway = { host: `127.0.0.1:${served.port}`, path: "team/app" };
    await copy({ from: at(from), to: at(slipway) });
    assert.deepEqual(
      (await middle.images.list()).map(({ names }) => names),
      [["team/app:1"]],
    );
    const events = await copy({ from: at(slipway), to: at(to) });
    assert.equal(transferredIn(events), sizeOf(index) + sizeOf(signature));
    assert.deepEqual([await manifest(to, "1"), await manifest(to, signature.descriptor.digest)], [index.bytes, signature.bytes]);
    // The referrers API does without a tag.
    assert.equal(await manifest(slipway, tagOf(index)), undefined);
    assert.deepEqual(served.logged, []);
  });

  test("skopeo finds what was copied", { skip: skopeo }, async () => {
    const [from, to] = repositories();
    const index = await seed(from, twoPlatforms(), "1");
    await copy({ from: at(from), to: at(to) });
    const asked = await run("skopeo", ["inspect", "--raw", "--tls-verify=false", `docker://${at(to)}`]);
    assert.equal(asked.stdout, index.bytes.toString());
    const args = ["--insecure-policy", "copy", "--all", "--preserve-digests", "--src-tls-verify=false", `docker://${at(to)}`];
    await run("skopeo", [...args, `docker://${at(to, "/skopeo:1")}`, "--dest-tls-verify=false"]);
    assert.deepEqual(await manifest({ ...to, path: `${to.path}/skopeo` }, "1"), index.bytes);
  });
});

function tagOf({ descriptor }: Whole): string {
  return descriptor.digest.replace(":", "-");
}
