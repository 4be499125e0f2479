import assert from "node:assert/strict";
import { test } from "node:test";

import { APP, ARCHIVE, CHILD, FAMILY_ARCHIVE, MULTI_ARCHIVE, NAMELESS, NAMELESS_ARCHIVE, OLD, short } from "../images.ts";
import { lines, openDocker, skip } from "./docker.ts";

/** A layer that is gone is named by its chain: the base's is its diff ID. */
const BASE_GONE = `Deleted: ${String(OLD.diffIds[0])}`;

test("docker tag, rmi and prune", { skip }, async (t) => {
  await using docker = await openDocker();
  const load = async (stdin: Uint8Array): Promise<void> => assert.equal((await docker.run(["load"], { stdin })).status, 0);
  const idOf = (name: string): Promise<string> => docker.print("images", "-q", "--no-trunc", name);
  const refuse = async (args: readonly string[], message: string): Promise<void> =>
    assert.deepEqual(await docker.run(args), { status: 1, stdout: "", stderr: `Error response from daemon: ${message}\n` });

  await t.test("tag gives a name, and moves it", async () => {
    await load(ARCHIVE);
    assert.equal(await docker.print("tag", "demo/app:1", "demo/moving"), "");
    assert.equal(await idOf("demo/moving:latest"), `${APP.id}\n`);
    assert.equal(await docker.print("image", "tag", short(OLD.id), "demo/moving"), "");
    assert.equal(await idOf("demo/moving"), `${OLD.id}\n`);
    assert.equal(await idOf("demo/app"), `${APP.id}\n`);
    assert.equal(await docker.print("rmi", "demo/moving"), "Untagged: demo/moving:latest\n");
  });

  await t.test("tag says why not", async () => {
    await refuse(["tag", "demo/none", "demo/x"], "No such image: demo/none:latest");
    await refuse(["tag", "demo/app:1", "sha256:x"], "refusing to create an ambiguous tag using digest algorithm as name");
    assert.deepEqual(await docker.run(["tag", "demo/app:1", "Demo/X"]), {
      status: 1,
      stdout: "",
      stderr:
        'Error parsing reference: "Demo/X" is not a valid repository/tag: invalid reference format: repository name (X) must be lowercase\n',
    });
  });

  await t.test("rmi by name takes the name, and with the last one the image", async () => {
    await docker.print("tag", "demo/app:1", "demo/app:2");
    assert.equal(await docker.print("rmi", "demo/app:1"), "Untagged: demo/app:1\n");
    const [untagged, deleted, layer, ...others] = lines(await docker.print("rmi", "demo/app:2"));
    assert.deepEqual([untagged, deleted, others], ["Untagged: demo/app:2", `Deleted: ${APP.id}`, []]);
    assert.match(layer ?? "", /^Deleted: sha256:[0-9a-f]{64}$/, "its upper layer goes; the base is still another's");
    assert.deepEqual(lines(await docker.print("rmi", "demo/old:1")), ["Untagged: demo/old:1", `Deleted: ${OLD.id}`, BASE_GONE]);
    assert.equal(await docker.print("images", "-aq"), "");
  });

  await t.test("rmi by ID: one repository is fine, several need -f", async () => {
    await load(ARCHIVE);
    assert.deepEqual(lines(await docker.print("rmi", short(OLD.id))), ["Untagged: demo/old:1", `Deleted: ${OLD.id}`]);
    await docker.print("tag", "demo/app:1", "demo/app:2");
    await docker.print("tag", "demo/app:1", "demo/other:1");
    await refuse(
      ["rmi", short(APP.id)],
      `conflict: unable to delete ${short(APP.id)} (must be forced) - image is referenced in multiple repositories`,
    );
    const removed = lines(await docker.print("rmi", "-f", short(APP.id)));
    assert.deepEqual(removed.slice(0, 4), ["Untagged: demo/app:1", "Untagged: demo/app:2", "Untagged: demo/other:1", `Deleted: ${APP.id}`]);
    assert.equal(removed.at(-1), BASE_GONE);
  });

  await t.test("rmi goes on past what is not there; -f does not mind", async () => {
    await load(ARCHIVE);
    const unknown = "Error response from daemon: No such image: demo/none:latest\n";
    const { status, stdout, stderr } = await docker.run(["rmi", "demo/none", "demo/old:1", "demo/app:1"]);
    assert.deepEqual([status, stderr], [1, unknown]);
    assert.deepEqual(
      lines(stdout).filter((line) => line.startsWith("Untagged")),
      ["Untagged: demo/old:1", "Untagged: demo/app:1"],
    );
    assert.deepEqual(await docker.run(["rmi", "-f", "demo/none"]), { status: 0, stdout: "", stderr: unknown });
    await refuse(["rmi", "Demo/X"], "invalid reference format: repository name (X) must be lowercase");
    const digest = `sha256:${"0".repeat(64)}`;
    await refuse(["rmi", `demo/none@${digest}`], `No such image: demo/none@${digest}`);
  });

  await t.test("rmi --no-prune, and --platform", async () => {
    await load(ARCHIVE);
    const removed = lines(await docker.print("image", "rm", "--no-prune", "demo/app:1"));
    assert.deepEqual(removed.slice(0, 2), ["Untagged: demo/app:1", `Deleted: ${APP.id}`]);
    await load(MULTI_ARCHIVE);
    await refuse(
      ["rmi", "--platform", "linux/arm64", "demo/multi:1"],
      "Content will be removed from all images referencing this variant. Use —-force to force delete.",
    );
    assert.match(await docker.print("rmi", "-f", "--platform", "linux/arm64", "demo/multi:1"), /^Deleted: sha256:\w{64}\n$/);
    assert.equal((await docker.run(["save", "--platform", "linux/arm64", "demo/multi:1"])).status, 1);
    assert.equal((await docker.run(["save", "--platform", "linux/amd64", "demo/multi:1"])).status, 0);
    await docker.print("rmi", "demo/multi:1", "demo/old:1");
  });

  await t.test("rmi keeps what others were built on, and takes it along with the last of them", async () => {
    await load(FAMILY_ARCHIVE);
    assert.equal(await docker.print("images", "-q"), `${short(CHILD.id)}\n`);
    assert.deepEqual(lines(await docker.print("images", "-aq")), [short(CHILD.id), short(NAMELESS.id)]);
    assert.deepEqual(lines(await docker.print("history", "-q", "demo/child:1")), [short(CHILD.id), short(NAMELESS.id)]);
    const parent = short(NAMELESS.id);
    for (const options of [[], ["-f"]]) {
      const { stderr } = await docker.run(["rmi", ...options, parent]);
      const reason = "image has dependent child images";
      assert.equal(stderr, `Error response from daemon: conflict: unable to delete ${parent} (cannot be forced) - ${reason}\n`);
    }
    assert.deepEqual(lines(await docker.print("rmi", "--no-prune", "demo/child:1")).slice(0, 2), [
      "Untagged: demo/child:1",
      `Deleted: ${CHILD.id}`,
    ]);
    assert.equal(await docker.print("images", "-q"), `${parent}\n`);
    await load(FAMILY_ARCHIVE);
    const removed = lines(await docker.print("rmi", "demo/child:1"));
    assert.deepEqual(removed.slice(-2), [`Deleted: ${NAMELESS.id}`, BASE_GONE]);
    assert.equal(await docker.print("images", "-aq"), "");
  });

  await t.test("image prune takes what has no name", async () => {
    await load(ARCHIVE);
    await load(NAMELESS_ARCHIVE);
    const asked = await docker.run(["image", "prune"], { stdin: Buffer.from("n\n") });
    assert.equal(asked.stdout, "WARNING! This will remove all dangling images.\nAre you sure you want to continue? [y/N] ");
    assert.equal(await docker.print("image", "prune", "-f", "--filter", "label=none"), "Total reclaimed space: 0B\n");
    assert.equal(
      await docker.print("image", "prune", "-f"),
      `Deleted Images:\ndeleted: ${NAMELESS.id}\n\nTotal reclaimed space: 0B\n`,
      "its only layer is also another's",
    );
    assert.equal(await docker.print("image", "prune", "-f"), "Total reclaimed space: 0B\n");
    assert.deepEqual(lines(await docker.print("images", "-q")), [short(APP.id), short(OLD.id)]);
  });

  await t.test("image prune -a takes all, as far as the filters let it", async () => {
    const prune = async (filter: string): Promise<string[]> => {
      const printed = lines(await docker.print("image", "prune", "-af", "--filter", filter));
      return printed.filter((line) => line.startsWith("untagged"));
    };
    assert.deepEqual(await prune("until=2022-01-01"), []);
    assert.deepEqual(await prune("label!=team"), []);
    assert.deepEqual(await prune("until=2023-06-01"), ["untagged: demo/old:1"]);
    await load(ARCHIVE);
    assert.deepEqual(await prune("label!=team=harbour"), ["untagged: demo/old:1"]);
    await load(ARCHIVE);
    assert.deepEqual(await prune("label=team=harbour"), ["untagged: demo/app:1"]);
    const printed = lines(await docker.print("image", "prune", "-a", "-f"));
    assert.deepEqual(printed, [
      "Deleted Images:",
      "untagged: demo/old:1",
      `deleted: ${OLD.id}`,
      BASE_GONE.toLowerCase(),
      "Total reclaimed space: 20B",
    ]);
  });

  await t.test("prune says which filter it cannot use; system prune passes labels on", async () => {
    await refuse(["image", "prune", "-f", "--filter", "color=red"], "invalid filter 'color'");
    await refuse(
      ["image", "prune", "-f", "--filter", "until=zz"],
      `invalid value for 'until' filter: failed to parse value as time or duration: "zz"`,
    );
    await load(ARCHIVE);
    const kept = await docker.print("system", "prune", "-f", "--filter", "label=none");
    assert.equal(kept, "Total reclaimed space: 0B\n");
    assert.match(await docker.print("system", "prune", "-af"), /^untagged: demo\/app:1$[^]*^Total reclaimed space: 5\.02kB$/m);
  });
});
