import assert from "node:assert/strict";
import { mkdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { test } from "node:test";

import { busyboxTar, cannotRun, tarOf } from "../../runtime/chains.ts";
import { readTar } from "../../workbench/index.ts";
import { lines, openDocker, skip } from "./docker.ts";

const NONE = ["--network", "none"];

test("docker commit, cp, diff, export and volumes", { skip: skip || cannotRun() }, async (t) => {
  await using docker = await openDocker();
  await docker.run(["import", "-", "box:1"], { stdin: await busyboxTar() });
  const at = (name: string): string => `${docker.folder}/${name}`;

  /** A container that did this and goes on. */
  async function doing(name: string, script: string, ...flags: readonly string[]): Promise<void> {
    await docker.print("run", "-d", ...NONE, "--name", name, ...flags, "box:1", "sh", "-c", `${script}; echo ready; sleep 1000`);
    for await (const line of docker.follow("logs", "-f", name)) if (line === "ready") break;
  }

  /** What a refused command says last. */
  async function refused(...args: readonly string[]): Promise<string> {
    const { status, stderr } = await docker.run(args);
    assert.notEqual(status, 0);
    return lines(stderr).at(-1) ?? "";
  }

  await t.test("commit with an author, a message, changes and without a pause", async () => {
    await doing("busy", "echo made >/made");
    const flags = ["-a", "Ada <ada@example.com>", "-m", "some words", "-c", 'CMD ["cat", "/made"]', "-c", "ENV A=1", "-p=false"];
    const id = (await docker.print("commit", ...flags, "busy", "committed:1")).trim();
    const format = "{{.Id}} {{.Author}} {{.Comment}} {{json .Config.Cmd}} {{json .Config.Env}}";
    assert.equal(
      await docker.print("inspect", "-f", format, "committed:1"),
      `${id} Ada <ada@example.com> some words ["cat","/made"] ["A=1"]\n`,
    );
    assert.equal(await docker.print("run", "--rm", ...NONE, "committed:1"), "made\n");
    assert.match(await docker.print("history", "committed:1"), /sh -c echo made >\/made.* some words\n/);
    assert.match(await docker.print("commit", "busy"), /^sha256:[0-9a-f]{64}\n$/);
    assert.equal(await refused("commit", "-c", "RUN x", "busy"), "Error response from daemon: RUN is not a valid change command");
    await docker.print("rm", "-f", "busy");
  });

  await t.test("cp brings files and directories out", async () => {
    await doing("out", "mkdir -p /d/in; echo one >/d/f; echo two >/d/in/g; ln -s f /d/l; ln -s d /dl");
    await docker.run(["cp", "out:/d/f", at("f")]);
    assert.equal(await readFile(at("f"), "utf8"), "one\n");
    await docker.run(["cp", "out:/d", at("new")]);
    assert.equal(await readFile(at("new/in/g"), "utf8"), "two\n");
    assert.equal(await readlink(at("new/l")), "f");
    await docker.run(["cp", "out:/d", at("new")]);
    assert.equal(await readFile(at("new/d/in/g"), "utf8"), "two\n");
    await docker.run(["cp", "out:/d/.", at("new/in")]);
    assert.equal(await readFile(at("new/in/f"), "utf8"), "one\n");
    await docker.run(["cp", "out:/dl", at("link")]);
    assert.equal(await readlink(at("link")), "d");
    await docker.run(["cp", "-L", "out:/dl", at("followed")]);
    assert.equal(await readFile(at("followed/f"), "utf8"), "one\n");
    const { stdout } = await docker.run(["cp", "out:/d/in", "-"]);
    assert.match(stdout, /in\/g/);
    assert.equal(await refused("cp", "out:/none", at("x")), "Error response from daemon: Could not find the file /none in container out");
    await docker.print("rm", "-f", "out");
  });

  await t.test("cp puts files and directories in, running or not", async () => {
    await mkdir(at("src/sub"), { recursive: true });
    await writeFile(at("src/f"), "one\n", { mode: 0o640 });
    await writeFile(at("src/sub/g"), "two\n");
    await symlink("f", at("src/l"));
    const script = 'for f in "$@"; do test -e $f || exit 1; done; cat /to/f /dir/src/sub/g /plain /tar';
    await docker.print("create", ...NONE, "--name", "in", "box:1", "sh", "-c", script, "-", "/dir/src/l", "/to/l");
    await docker.run(["cp", at("src"), "in:/to"]);
    await docker.run(["cp", at("src/sub/."), "in:/dir"]);
    await docker.run(["cp", at("src"), "in:/dir"]);
    await docker.run(["cp", at("src/f"), "in:/plain"]);
    const tar = await tarOf([{ header: { type: "file", path: "tar", mode: 0o644, size: 4 }, body: Buffer.from("tar\n") }]);
    assert.equal((await docker.run(["cp", "-", "in:/"], { stdin: tar })).status, 0);
    assert.equal(await docker.print("start", "-a", "in"), "one\ntwo\none\ntar\n");
    assert.equal(
      await refused("cp", at("src/f"), "in:/none/f"),
      "Error response from daemon: Could not find the file /none in container in",
    );
    assert.match(await refused("cp", at("src"), "in:/plain"), /cannot copy directory|not a directory/);
    await docker.print("rm", "in");
  });

  await t.test("cp -a keeps owners, and permissions always stay", async () => {
    const tar = await tarOf([{ header: { type: "file", path: "owned", mode: 0o600, uid: 7, gid: 8 } }]);
    await docker.print("create", ...NONE, "--name", "owners", "box:1", "stat", "-c", "%u:%g %a", "/owned", "/bare");
    await docker.run(["cp", "-a", "-", "owners:/"], { stdin: tar });
    await writeFile(at("bare"), "", { mode: 0o755 });
    await docker.run(["cp", at("bare"), "owners:/bare"]);
    assert.equal(await docker.print("start", "-a", "owners"), "7:8 600\n0:0 755\n");
    await docker.print("rm", "owners");
  });

  await t.test("cp goes into what is mounted, and is refused by what is read-only", async () => {
    await mkdir(at("bound"));
    await writeFile(at("file"), "x");
    await docker.print(
      "create",
      "--read-only",
      "-v",
      `${at("bound")}:/rw`,
      "-v",
      `${at("bound")}:/ro:ro`,
      "--name",
      "mounts",
      "box:1",
      "true",
    );
    await docker.run(["cp", at("file"), "mounts:/rw/copied"]);
    assert.equal((await stat(at("bound/copied"))).size, 1);
    assert.equal(await refused("cp", at("file"), "mounts:/ro/no"), "Error response from daemon: mounted volume is marked read-only");
    assert.equal(await refused("cp", at("file"), "mounts:/tmp/no"), "Error response from daemon: container rootfs is marked read-only");
    await docker.print("rm", "mounts");
  });

  await t.test("diff tells what changed, and export has all of it", async () => {
    await doing("differs", "rm /bin/cat; echo x >/etc/new; chmod 700 /tmp");
    assert.deepEqual(lines(await docker.print("diff", "differs")), ["C /bin", "D /bin/cat", "C /etc", "A /etc/new", "C /tmp"]);
    await docker.print("export", "-o", at("root.tar"), "differs");
    const files = readTar(await readFile(at("root.tar")));
    const names = files.map(({ name }) => name);
    assert.equal(String(files.data.get("etc/new")), "x\n");
    assert.deepEqual([names.includes("bin/busybox"), names.includes("bin/cat"), names.includes(".dockerenv")], [true, false, true]);
    await docker.print("rm", "-f", "differs");
  });

  await t.test("volumes come with containers, go with rm -v and --rm, and stay otherwise", async () => {
    const volumes = async (): Promise<number> => lines(await docker.print("volume", "ls", "-q")).length;
    await docker.print("run", "--rm", ...NONE, "-v", "/v", "box:1", "touch", "/v/x");
    assert.equal(await volumes(), 0);
    for (const name of ["kept", "removed"]) await docker.print("create", ...NONE, "-v", "/v", "--name", name, "box:1", "true");
    await docker.print("rm", "-v", "removed");
    assert.equal(await volumes(), 1);
    const [volume = ""] = lines(await docker.print("volume", "ls", "-q"));
    assert.match(await refused("volume", "rm", volume), /volume is in use - \[[0-9a-f]{64}\]$/);
    await docker.print("rm", "kept");
    assert.deepEqual(
      lines(await docker.print("volume", "prune", "-f")),
      ["Deleted Volumes:", volume, "", "Total reclaimed space: 0B"].filter(Boolean),
    );
    assert.match(await refused("volume", "create", "named"), /creating volumes is not implemented by slipway/);
    assert.match(await refused("create", "-v", "named:/v", "box:1", "true"), /the volume "named" is not implemented by slipway/);
  });
});
