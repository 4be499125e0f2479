import assert from "node:assert/strict";
import { test } from "node:test";
import { openStand } from "../../differential/registries/stand.ts";
import { hasRegistry } from "../../fixtures/registry.ts";
import { lines, openDocker, skip as noDocker } from "./docker.ts";

const skip = noDocker !== false ? noDocker : hasRegistry ? false : "docker-registry is not installed";

test("docker pull, push and search, well and badly", { skip }, async (t) => {
  await using docker = await openDocker();
  await using stand = await openStand();
  const at = (place: string, path: string): string => `${stand.known.get(place)}/${path}`;
  const digest = (name: string): string => stand.known.get(name) ?? "";

  await t.test("pull --platform brings that platform", async () => {
    const name = at("plain", "t/multi:1");
    await docker.print("pull", "-q", "--platform", "linux/arm64", name);
    assert.equal(await docker.print("image", "inspect", "--platform", "linux/arm64", "-f", "{{.Architecture}}", name), "arm64\n");
    const { status, stderr } = await docker.run(["pull", "--platform", "linux/s390x", name]);
    assert.equal(status, 1);
    assert.equal(stderr, "Error response from daemon: no matching manifest for linux/s390x in the manifest list entries\n");
  });

  await t.test("push of an index of which one platform is here sends that, and says so", async () => {
    const name = at("plain", "p/part:1");
    await docker.print("tag", at("plain", "t/multi:1"), name);
    const { status, stdout, stderr } = await docker.run(["push", name]);
    assert.equal(status, 0, stderr);
    const told = stdout + stderr;
    assert.match(told, /Not all multiplatform-content is present and only the available single-platform image was pushed/);
    assert.match(told, new RegExp(digest("multi")));
    assert.doesNotMatch(await docker.print("push", "--platform", "linux/arm64", name), /Not all multiplatform-content/);
  });

  await t.test("pull -a brings every tag, with one status at the end", async () => {
    const told = lines(await docker.print("pull", "-a", at("plain", "t/app")));
    assert.deepEqual(told.filter((line) => line.includes("Pulling from")).toSorted(), ["1: Pulling from t/app", "2: Pulling from t/app"]);
    assert.deepEqual(told.slice(-2), [`Status: Downloaded newer image for ${at("plain", "t/app")}`, at("plain", "t/app")]);
    const tags = await docker.print("images", "--format", "{{.Tag}}", at("plain", "t/app"));
    assert.deepEqual(lines(tags).toSorted(), ["1", "2"]);
  });

  await t.test("a terminal shows each layer with what became of it", async () => {
    const shown = await docker.onTerminal("pull", at("plain", "t/tall:1"));
    assert.equal(shown.match(/: Pull complete/g)?.length, 5);
    assert.match(shown, new RegExp(`Digest: ${digest("tall")}`));
  });

  await t.test("pull by digest, whose name this client has stripped of its tag, says back what was asked for", async () => {
    for (const name of [at("plain", `t/app@${digest("app")}`), at("plain", `t/app:1@${digest("app")}`)]) {
      const told = lines(await docker.print("pull", name));
      assert.equal(told[0], `${at("plain", `t/app@${digest("app")}`)}: Pulling from t/app`);
      assert.equal(told.at(-1), name);
    }
  });

  await t.test("push -a sends every tag, and an index goes as it came", async () => {
    await docker.print("tag", at("plain", "t/app:1"), at("plain", "p/all:1"));
    await docker.print("tag", at("plain", "t/app:2"), at("plain", "p/all:2"));
    const told = lines(await docker.print("push", "-a", at("plain", "p/all")));
    const pushed = told.filter((line) => line.includes(": digest: "));
    assert.deepEqual(pushed.map((line) => line.replace(/ size: \d+$/, "")).toSorted(), [
      `1: digest: ${digest("app")}`,
      `2: digest: ${digest("next")}`,
    ]);
  });

  await t.test("search shows a table", async () => {
    const [head, first] = lines(await docker.print("search", at("faulty", "busybox")));
    assert.match(head ?? "", /^NAME +DESCRIPTION +STARS +OFFICIAL$/);
    assert.match(first ?? "", /^library\/busybox +The <official> one +120 +\[OK\]$/);
  });

  const failures: readonly (readonly [args: readonly string[], words: string])[] = [
    [["pull", at("faulty", "f/busy:1")], "toomanyrequests: You have reached your pull rate limit."],
    [["pull", at("faulty", "f/forbidden:1")], "denied"],
    [["pull", at("private", "t/app:1")], `Head "http://${at("private", "v2/t/app/manifests/1")}": no basic auth credentials`],
    [
      ["pull", at("absent", "t/app:1")],
      `Get "http://${at("absent", "v2/")}": dial tcp ${stand.known.get("absent")}: connect: connection refused`,
    ],
    [["pull", at("unsafe", "t/app:1")], `Get "https://${at("unsafe", "v2/")}": http: server gave HTTP response to HTTPS client`],
  ];
  for (const [args, words] of failures) {
    await t.test(`docker ${args[0]} that fails: Docker's words, then who was asked and what may help`, async () => {
      const { status, stderr } = await docker.run(args);
      assert.equal(status, 1);
      const [first, second, ...more] = lines(stderr);
      assert.equal(first, `Error response from daemon: ${words}`);
      assert.match(second ?? "", /^to resolve the reference, \S+ (answered with \d+|gave no answer); credentials: none; ./);
      assert.deepEqual(more, []);
    });
  }

  await t.test("an error in the middle of the stream ends the client with 1", async () => {
    const { status, stdout, stderr } = await docker.run(["pull", at("faulty", "f/no-layer:1")]);
    assert.equal(status, 1);
    assert.match(stdout, /^1: Pulling from f\/no-layer\n/);
    assert.match(stderr, /^unknown blob\nto fetch the blob, \S+ answered with 404; credentials: none\n/);
  });
});
