import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { describeTar, GitCheckouts } from "../../../test/fixtures/git-checkouts.ts";
import { GIT_IS_MISSING, GitServer } from "../../../test/fixtures/git-server.ts";
import { readTar } from "#archive";
import { parseGitSource } from "#sources";
import { Git } from "./git.ts";

describe("Git", { skip: GIT_IS_MISSING }, () => {
  let server: GitServer;
  let checkouts: GitCheckouts;
  let first: string;
  let second: string;
  before(async () => {
    server = await GitServer.start();
    checkouts = await GitCheckouts.open();
    first = await server.make("app.git", {
      Dockerfile: "FROM one\n",
      "sub/run.sh": "#!/bin/sh\n",
      "sub/in/a": "a",
      link: { link: "sub/in" },
    });
    server.git("app.git", ["tag", "-a", "-m", "annotated", "v1"]);
    server.git("app.git", ["tag", "both"]);
    server.git("app.git", ["update-ref", "refs/pull/7/head", first]);
    second = server.commit("app.git", { Dockerfile: "FROM two\n" });
    server.git("app.git", ["branch", "both"]);
  });
  after(async () => {
    await checkouts[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const app = (rest = ""): string => `${server.url("app.git")}${rest}`;

  test("a checkout is a commit and the tar of its files, with git's executable bit and nobody's owner", async () => {
    const expected = [
      "644 Dockerfile: FROM two\n",
      "777 link -> sub/in",
      "755 sub/",
      "755 sub/in/",
      "644 sub/in/a: a",
      "755 sub/run.sh: #!/bin/sh\n",
    ];
    await using checkout = await checkouts.git.checkout(parseGitSource(app()));
    assert.deepEqual([checkout.commit, checkout.time], [second, new Date(1_700_000_000_000)]);
    assert.deepEqual(await describeTar(checkout.tar()), expected);
    const owners = new Set<string>();
    for await (const { header } of readTar(checkout.tar())) owners.add(`${header.uid}:${header.gid} ${header.mtime.seconds}`);
    assert.deepEqual([...owners], ["0:0 1700000000"]);
    const [one, again] = [await Array.fromAsync(checkout.tar()), await Array.fromAsync(checkout.tar())];
    assert.deepEqual(Buffer.concat(one), Buffer.concat(again));
  });

  test("a ref is a branch, a tag, a full name or a commit, and a branch comes before a tag", async () => {
    const refs = [
      ["#main", second],
      ["#v1", first],
      ["#both", second],
      ["?tag=both", first],
      ["#refs/tags/v1", first],
      ["#pull/7/head", first],
      [`#${first}`, first],
      ["#HEAD", second],
    ] as const;
    for (const [ref, commit] of refs) {
      assert.equal(await checkouts.git.resolve(parseGitSource(app(ref))), commit, ref);
    }
    for (const ref of ["#v1", "#pull/7/head", `#${first}`]) {
      await using checkout = await checkouts.git.checkout(parseGitSource(app(ref)));
      assert.equal(checkout.commit, first, ref);
    }
  });

  test("what is not there is said to be missing", async () => {
    await assert.rejects(checkouts.list(app("#nope")), {
      kind: "internal",
      message: "error fetching: fatal: couldn't find remote ref nope",
    });
    const absent = "0".repeat(40);
    await assert.rejects(checkouts.list(app(`#${absent}`)), {
      kind: "internal",
      message: `error fetching: fatal: couldn't find remote ref ${absent}`,
    });
    await assert.rejects(checkouts.list(server.url("none.git")), { kind: "internal", message: /^error fetching: fatal: .*not found/ });
  });

  test("a checksum is the beginning of the commit's id", async () => {
    assert.equal((await checkouts.list(app(`?ref=v1&checksum=${first.slice(0, 10)}`))).length, 6);
    await assert.rejects(checkouts.list(app(`?ref=v1&checksum=${second}`)), {
      message: `expected checksum to match ${second}, got ${first}`,
    });
  });

  test("a subdirectory is found through links, which never lead out of the tree", async () => {
    await server.make("linked.git", { "deep/a/Dockerfile": "FROM a\n", "to/deep": { link: "../../../deep" }, host: { link: "/etc" } });
    assert.deepEqual(await checkouts.list(`${server.url("linked.git")}#main:to/deep/a`), ["644 Dockerfile: FROM a\n"]);
    const message = "stat host: no such file or directory";
    await assert.rejects(checkouts.list(`${server.url("linked.git")}#main:host`), { kind: "internal", message });
  });

  test("submodules are in their places, by the URL that the repository has for them", async () => {
    const inner = await server.make("libs/inner.git", { i: "inner" });
    const outer = await server.make("libs/outer.git", {
      ".gitmodules": modules("in", "./../inner.git"),
      o: "outer",
      in: { commit: inner },
    });
    await server.make("whole.git", {
      ".gitmodules": modules("lib/outer", "../libs/outer.git"),
      "lib/outer": { commit: outer },
      unknown: { commit: first },
    });
    const files = await checkouts.list(server.url("whole.git"));
    assert.deepEqual(
      files.filter((line) => !line.includes(".gitmodules")),
      ["755 lib/", "755 lib/outer/", "755 unknown/", "755 lib/outer/in/", "644 lib/outer/o: outer", "644 lib/outer/in/i: inner"],
    );
    assert.deepEqual(await checkouts.list(`${server.url("whole.git")}#:lib/outer/in`), ["644 i: inner"]);
    const without = await checkouts.list(`${server.url("whole.git")}?submodules=false`);
    assert.equal(without.filter((line) => line.includes("lib/outer/o")).length, 0);
  });

  test("a kept .git serves git, and says nothing of how it came", async () => {
    const folder = await mkdtemp(join(tmpdir(), "slipway-kept-"));
    const source = { ...parseGitSource(app("?tag=v1")), keepsGitDir: true, credentials: { username: "me", password: "hunter2" } };
    await using checkout = await checkouts.git.checkout(source);
    const tar = Buffer.concat(await Array.fromAsync(checkout.tar()));
    assert.equal(spawnSync("tar", ["-x", "--no-same-owner"], { cwd: folder, input: tar }).status, 0);
    const env = { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null" };
    const answer = (...args: readonly string[]): string => spawnSync("git", args, { cwd: folder, env, encoding: "utf8" }).stdout;
    assert.equal(answer("rev-parse", "HEAD"), `${first}\n`);
    assert.equal(answer("status", "--porcelain"), "");
    assert.equal(answer("describe"), "v1\n");
    assert.equal(answer("remote", "get-url", "origin"), `${app()}\n`);
    assert.equal(tar.includes("hunter2"), false);
    await rm(folder, { recursive: true });
  });

  test("a server that only has files is enough", async () => {
    await server.make("dumb.git", { a: "1" });
    const old = server.git("dumb.git", ["rev-parse", "HEAD"]);
    server.commit("dumb.git", { a: "2" });
    server.git("dumb.git", ["update-server-info"]);
    server.intercept = (request, response) => server.sendFile(request, response, "dumb.git/.git");
    try {
      assert.deepEqual(await checkouts.list(server.url("dumb.git")), ["644 a: 2"]);
      assert.deepEqual(await checkouts.list(`${server.url("dumb.git")}#${old}`), ["644 a: 1"]);
    } finally {
      server.intercept = () => false;
    }
  });

  test("git's own protocol will do", async () => {
    const daemon = createServer((socket) => {
      const args = ["daemon", "--inetd", "--export-all", `--base-path=${server.folder}`, server.folder];
      const serving = spawn("git", args, { stdio: ["pipe", "pipe", "ignore"], env: { PATH: process.env["PATH"], HOME: server.folder } });
      socket.on("error", () => undefined).pipe(serving.stdin.on("error", () => undefined));
      serving.stdout.pipe(socket);
    }).listen(0, "127.0.0.1");
    await once(daemon, "listening");
    const address = `git://127.0.0.1:${(daemon.address() as AddressInfo).port}/app.git#v1`;
    assert.equal((await checkouts.list(address)).length, 6);
    daemon.close();
  });

  test("a repository of SHA-256 objects is one, too", async () => {
    await mkdir(join(server.folder, "long.git"));
    server.git("long.git", ["init", "--quiet", "--initial-branch=main", "--object-format=sha256"]);
    const commit = server.commit("long.git", { a: "1" });
    assert.equal(commit.length, 64);
    assert.deepEqual(await checkouts.list(`${server.url("long.git")}#${commit}`), ["644 a: 1"]);
  });

  test("files are as they are stored, whatever their attributes ask for", async () => {
    const attributes = "*.txt text eol=crlf\n*.x filter=evil export-ignore\n*.i ident\n";
    await server.make("attributes.git", { ".gitattributes": attributes, "a.txt": "1\n2\n", "b.x": "x", "c.i": "$Id$" });
    const files = await checkouts.list(server.url("attributes.git"));
    assert.deepEqual(files.slice(1), ["644 a.txt: 1\n2\n", "644 b.x: x", "644 c.i: $Id$"]);
  });

  test("nothing is left behind, neither by a checkout nor by an earlier process", async () => {
    assert.deepEqual(await checkouts.leftovers(), []);
    await writeFile(join(checkouts.root, "git", "stale"), "");
    await Git.open(checkouts.root);
    assert.deepEqual(await checkouts.leftovers(), []);
  });
});

function modules(path: string, url: string): string {
  return `[submodule "any"]\n\tpath = ${path}\n\turl = ${url}\n`;
}
