import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { GitCheckouts } from "../../../test/fixtures/git-checkouts.ts";
import { GIT_IS_MISSING, GitServer } from "../../../test/fixtures/git-server.ts";
import { startConnectProxy } from "../../../test/fixtures/connect-proxy.ts";
import type { GitOptions } from "#git";
import { parseGitSource } from "#sources";

describe("Git and hostile repositories", { skip: GIT_IS_MISSING }, () => {
  let server: GitServer;
  let checkouts: GitCheckouts;
  let plain: string;
  before(async () => {
    server = await GitServer.start();
    checkouts = await GitCheckouts.open();
    plain = await server.make("plain.git", { a: "1" });
  });
  after(async () => {
    await checkouts[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  test("a submodule's URL is held to the same rules", async () => {
    const pwned = join(server.folder, "pwned");
    const urls: readonly (readonly [url: string, message: RegExp])[] = [
      [`ext::sh -c touch% ${pwned}`, /^invalid git repository/],
      ["http://169.254.169.254/x.git", /^error fetching: 169\.254\.169\.254 is not an address to fetch from$/],
      ["git://169.254.169.254/x.git", /^error fetching: 169\.254\.169\.254 is not an address to fetch from$/],
    ];
    await server.make("modules.git", {});
    for (const [url, message] of urls) {
      const modules = `[submodule "--upload-pack=touch ${pwned}"]\n\tpath = m\n\turl = "${url}"\n\tupdate = !touch ${pwned}\n`;
      server.commit("modules.git", { ".gitmodules": modules, m: { commit: plain } });
      await assert.rejects(checkouts.list(server.url("modules.git")), { message }, url);
    }
    assert.equal(existsSync(pwned), false);
  });

  test("a submodule that contains itself ends", async () => {
    const few = await GitCheckouts.open({ limits: { maxDepth: 2 } });
    await server.make("again.git", {});
    const commits: string[] = [];
    for (const n of [1, 2, 3, 4])
      commits.push(
        server.commit("again.git", {
          ".gitmodules": `[submodule "m"]\n\tpath = m\n\turl = ./\n# ${n}`,
          m: { commit: commits.at(-1) ?? plain },
        }),
      );
    await assert.rejects(few.list(server.url("again.git")), { kind: "invalid-argument", message: /nested too deep$/ });
    await few[Symbol.asyncDispose]();
  });

  test("a tree that git would never write is refused", async () => {
    await server.make("tree.git", {});
    const link = server.blob("tree.git", "/etc");
    const directory = server.git("tree.git", ["mktree"], `100644 blob ${link}\tpasswd\n`);
    server.commitTree("tree.git", [["40000", directory, ".git"]]);
    await assert.rejects(checkouts.list(server.url("tree.git")), { message: 'cannot use the git repository: invalid path ".git"' });
    const twice = [
      ["120000", link, "a"],
      ["40000", directory, "a"],
    ] as const;
    server.commitTree("tree.git", twice);
    await assert.rejects(checkouts.list(server.url("tree.git")), { message: 'cannot use the git repository: it has "a" twice' });
  });

  test("too many bytes, on the way or unpacked, and too many files end it", async () => {
    await server.make("large.git", { noise: Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at * 2_654_435_761) >>> 13)) });
    await server.make("bomb.git", { zeros: Buffer.alloc(300_000) });
    const limited = await GitCheckouts.open({ limits: { maxSize: 100_000, maxEntries: 3 } });
    await assert.rejects(limited.list(server.url("large.git")), { message: "error fetching: the repository is larger than 100000 bytes" });
    await assert.rejects(limited.list(server.url("bomb.git")), { message: "cannot use the git repository: its files are too large" });
    await server.make("many.git", { a: "", b: "", c: "", d: "" });
    await assert.rejects(limited.list(server.url("many.git")), { message: "cannot use the git repository: it has too many files" });
    assert.deepEqual(await limited.leftovers(), []);
    await limited[Symbol.asyncDispose]();
  });

  test("a redirect is followed, but not to where nobody may go", async () => {
    const local = await GitCheckouts.open({ allows: (address) => address === "127.0.0.1" });
    const redirectTo = (origin: string): void => {
      server.intercept = (request, response) => {
        if (request.url?.startsWith("/moved.git/") !== true) return false;
        response.writeHead(302, { Location: `${origin}/plain.git/${request.url.slice("/moved.git/".length)}` }).end();
        return true;
      };
    };
    redirectTo(server.origin);
    assert.deepEqual(await local.list(server.url("moved.git")), ["644 a: 1"]);
    redirectTo(server.origin.replace("127.0.0.1", "127.0.0.2"));
    await assert.rejects(local.list(server.url("moved.git")), {
      kind: "forbidden",
      message: "error fetching: 127.0.0.2 is not an address to fetch from",
    });
    server.requests.length = 0;
    redirectTo(server.origin);
    await assert.rejects(local.list(server.url("moved.git").replace("http://", "http://me:hunter2@")), (error: Error) => {
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
    assert.deepEqual(
      server.requests.filter(({ url }) => url.startsWith("/plain.git")),
      [],
    );
    server.intercept = () => false;
    await local[Symbol.asyncDispose]();
  });

  test("a token goes to its host alone, and into no message", async () => {
    server.intercept = (request, response) => {
      if (request.headers.authorization !== undefined) return false;
      response.writeHead(401, { "WWW-Authenticate": "Basic" }).end();
      return true;
    };
    const { host } = new URL(server.origin);
    const sent = `Basic ${Buffer.from("x-access-token:hunter2").toString("base64")}`;
    server.requests.length = 0;
    assert.deepEqual(await checkouts.list(server.url("plain.git"), { tokens: new Map([[host, "hunter2"]]) }), ["644 a: 1"]);
    assert.deepEqual(new Set(server.requests.map(({ authorization }) => authorization)), new Set([sent]));
    server.requests.length = 0;
    const elsewhere = new Map([
      ["127.0.0.1", "hunter2"],
      [`${host}0`, "hunter2"],
    ]);
    await assert.rejects(checkouts.list(server.url("plain.git"), { tokens: elsewhere }), (error: Error) => {
      assert.match(error.message, /^error fetching: fatal: could not read Username/);
      return true;
    });
    assert.deepEqual(new Set(server.requests.map(({ authorization }) => authorization)), new Set([undefined]));
    server.intercept = () => false;
  });

  test("the machine's proxy is used, and a submodule's host is not told another's token", async () => {
    const { host } = new URL(server.origin);
    await using proxy = await startConnectProxy({ "git.invalid:80": host });
    const behind = await GitCheckouts.open({ proxy: { httpProxy: proxy.origin } });
    await server.make("with-module.git", {
      ".gitmodules": `[submodule "m"]\n\tpath = m\n\turl = ${server.url("plain.git")}\n`,
      m: { commit: plain },
    });
    server.requests.length = 0;
    const found = await behind.list("http://me:hunter2@git.invalid/with-module.git");
    assert.deepEqual(found.slice(1), ["755 m/", "644 m/a: 1"]);
    assert.deepEqual(new Set(proxy.tunnels), new Set(["git.invalid:80"]));
    const toSubmodule = server.requests.filter(({ url }) => url.startsWith("/plain.git"));
    assert.ok(toSubmodule.length > 0);
    assert.ok(toSubmodule.every(({ authorization }) => authorization === undefined));
    await behind[Symbol.asyncDispose]();
  });
});

describe("Git and its program", () => {
  const source = parseGitSource("https://me:hunter2@git.invalid/x.git");

  /** A program in git's place. `$1` is its folder. */
  async function withProgram(script: string, options: GitOptions = {}) {
    const folder = await GitCheckouts.open();
    const program = join(folder.root, "program");
    await writeFile(program, `#!/bin/sh\nfolder=${folder.root}\n${script}\n`);
    await chmod(program, 0o755);
    return { folder, checkouts: await GitCheckouts.open({ program, ...options }) };
  }

  test("without it the failure says what is needed", async () => {
    await using checkouts = await GitCheckouts.open({ program: "no-such-git" });
    await assert.rejects(checkouts.git.checkout(source), {
      kind: "unavailable",
      message: 'cannot find the program "no-such-git": install the package git',
    });
    assert.deepEqual(await checkouts.leftovers(), []);
  });

  test("it gets no secret as an argument, and nothing of our environment", async () => {
    const { folder, checkouts } = await withProgram('echo "$@" >> $folder/arguments; env > $folder/environment; exit 1');
    process.env["SLIPWAY_TEST_SECRET"] = "ours";
    await assert.rejects(checkouts.git.checkout(source), { message: "error fetching: " });
    delete process.env["SLIPWAY_TEST_SECRET"];
    assert.equal(await readFile(join(folder.root, "arguments"), "utf8"), "ls-remote --quiet -- https://git.invalid/x.git HEAD\n");
    const environment = await readFile(join(folder.root, "environment"), "utf8");
    assert.doesNotMatch(environment, /SLIPWAY_TEST_SECRET/);
    assert.match(environment, /^GIT_TERMINAL_PROMPT=0$/m);
    assert.match(environment, /^GIT_ALLOW_PROTOCOL=https$/m);
    await checkouts[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test("whoever asked may stop it, with everything that it has started", async () => {
    const { folder, checkouts } = await withProgram(
      "mkfifo $folder/ready; sleep 1000 & echo $! > $folder/child; echo > $folder/ready; wait",
    );
    const stop = new AbortController();
    const running = checkouts.git.checkout(source, { signal: stop.signal });
    running.catch(() => undefined);
    while (!existsSync(join(folder.root, "ready"))) await new Promise((resolve) => setImmediate(resolve));
    await readFile(join(folder.root, "ready"));
    stop.abort();
    await assert.rejects(running, { kind: "cancelled" });
    const child = (await readFile(join(folder.root, "child"), "utf8")).trim();
    assert.match(spawnSync("ps", ["-o", "stat=", "-p", child], { encoding: "utf8" }).stdout, /^(?:Z.*)?\s*$/);
    assert.deepEqual(await checkouts.leftovers(), []);
    await checkouts[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test("it is ended when it receives more than is allowed, and when it takes too long", async () => {
    const id = "0".repeat(40);
    const endless = 'case "$1" in fetch) mkdir -p $GIT_DIR; while :; do head -c 100000 /dev/zero >> $GIT_DIR/pack; done;; esac';
    const large = await withProgram(endless, { limits: { maxSize: 1_000_000 } });
    await assert.rejects(large.checkouts.git.checkout({ ...source, ref: id }), {
      message: "error fetching: the repository is larger than 1000000 bytes",
    });
    assert.deepEqual(await large.checkouts.leftovers(), []);
    const slow = await withProgram("sleep 1000", { limits: { maxTimeMs: 50 } });
    await assert.rejects(slow.checkouts.git.checkout(source), { message: "error fetching: it takes longer than is allowed" });
    for (const { folder, checkouts } of [large, slow]) {
      await checkouts[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    }
  });
});
