import assert from "node:assert/strict";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { cannotRun } from "../runtime/chains.ts";
import { BuildBench } from "./build-bench.ts";
import { tarOfFiles } from "./context-files.ts";
import type { Files } from "./context-files.ts";

const CANARY = "untouched\n";

describe("nothing outside the root is read or written", { skip: cannotRun(), timeout: 60_000 }, () => {
  let bench: BuildBench;
  /** On the machine, writable for anyone who comes out. */
  let outside: string;
  let base: Files;

  before(async () => {
    bench = await BuildBench.open();
    outside = mkdtempSync(join(tmpdir(), "slipway-outside-"));
    base = await busyboxFiles();
  });
  after(async () => {
    await bench[Symbol.asyncDispose]();
    rmSync(outside, { recursive: true });
  });

  /** Builds on busybox with files of the attacker's laid over it, and looks whether the machine is as it was. */
  async function attempt(name: string, layer: Files, dockerfile: string, more: { files?: Files } = {}): Promise<string> {
    rmSync(outside, { recursive: true });
    mkdirSync(join(outside, "dir"), { recursive: true });
    writeFileSync(join(outside, "file"), CANARY);
    writeFileSync(join(outside, "dir", "file"), CANARY);
    const machine = ["/etc/hosts", "/etc/resolv.conf", "/etc/passwd"].map((path) => readFileSync(path, "latin1"));
    await bench.load(`${name}:1`, [base, layer]);
    const secrets = new Map([["s", Buffer.from("secret\n")]]);
    const build = bench.build({ text: `FROM ${name}:1\n${dockerfile}`, network: "none", secrets, ...more });
    const said = await build.then(
      ({ events }) => events.map((event) => (event.type === "output" ? event.text : "")).join(""),
      (error: unknown) => `failed: ${error instanceof Error ? error.message : String(error)}`,
    );
    assert.equal(readFileSync(join(outside, "file"), "utf8"), CANARY);
    assert.equal(readFileSync(join(outside, "dir", "file"), "utf8"), CANARY);
    assert.deepEqual(readdirSync(outside).toSorted(), ["dir", "file"]);
    assert.deepEqual(readdirSync(join(outside, "dir")), ["file"]);
    assert.ok(lstatSync(join(outside, "dir")).isDirectory());
    assert.deepEqual(
      ["/etc/hosts", "/etc/resolv.conf", "/etc/passwd"].map((path) => readFileSync(path, "latin1")),
      machine,
    );
    return said;
  }

  const up = "../../../../../../../../../..";

  for (const [how, prefix] of [
    ["an absolute link", ""],
    ["a link upwards", up],
  ] as const) {
    test(`${how} in place of what is mounted for every command`, async () => {
      const layer = (): Files => ({
        "etc/hosts": { link: `${prefix}${outside}/file` },
        "etc/resolv.conf": { link: `${prefix}${outside}/new` },
      });
      const said = await attempt("files", layer(), "RUN echo evil > /etc/hosts; echo evil > /etc/resolv.conf; echo ran");
      assert.match(said, /ran|failed/);
    });

    test(`${how} in place of a directory that everything is mounted on`, async () => {
      for (const place of ["proc", "dev", "sys"]) {
        const said = await attempt(place, { [place]: { link: `${prefix}${outside}/dir` } }, "RUN echo ran");
        assert.match(said, /ran|failed/, place);
      }
    });

    test(`${how} on the way to a secret, a cache, a tmpfs and a script`, async () => {
      const layer: Files = { run: { link: `${prefix}${outside}/dir` }, m: { link: `${prefix}${outside}/file` } };
      const said = await attempt(
        "mounts",
        layer,
        [
          "RUN --mount=type=secret,id=s --mount=type=tmpfs,target=/run/t --mount=type=cache,target=/run/c \\",
          "  --mount=type=bind,source=f,target=/run/b --mount=type=secret,id=s,target=/m \\",
          "  cat /run/secrets/s; echo evil > /run/t/x; echo evil > /run/c/x; echo evil >/m; echo ran",
          "RUN <<E\n#!/bin/sh\necho script\nE",
        ].join("\n"),
        { files: { f: "f" } },
      );
      assert.match(said, /ran|failed/);
    });

    test(`${how} on the way to what COPY, ADD and WORKDIR write`, async () => {
      const layer: Files = { out: { link: `${prefix}${outside}` }, dir: { link: `${prefix}${outside}/dir` } };
      const archive = { "x.tar": await evilTar(outside) };
      const steps = `COPY f /out/new\nCOPY f /dir/file\nADD x.tar /out/\nADD x.tar /\nWORKDIR /out/made\nWORKDIR /dir\nCOPY f .\nRUN pwd; ls /`;
      const said = await attempt("writes", layer, steps, { files: { f: "evil", ...archive } });
      assert.doesNotMatch(said, /failed/);
    });

    test(`${how} on the way to what COPY --from and binds read`, async () => {
      const layer: Files = { out: { link: `${prefix}${outside}/file` } };
      for (const step of [
        "COPY --from=reads:1 /out /got",
        "RUN --mount=type=bind,from=reads:1,source=/out,target=/got cat /got",
        "RUN --mount=type=bind,source=link,target=/got cat /got",
        "COPY link /got",
        "ADD link /got",
      ]) {
        const said = await attempt("reads", layer, step, { files: { link: { link: `${prefix}${outside}/file` } } });
        assert.match(said, /^failed: .*(?:not found|no such|does not exist)/i, step);
      }
    });
  }

  test("nothing is mounted over what the runtime itself uses", async () => {
    for (const target of ["/dev", "/dev/null", "/dev/fd", "/proc", "/proc/self/x", "/sys/fs", "/link/x", "/null"]) {
      const layer: Files = { link: { link: "proc" }, null: { link: "dev/null" } };
      const said = await attempt("own", layer, `RUN --mount=type=tmpfs,target=${target} echo ran`);
      assert.match(said, /^failed: cannot mount /, target);
    }
    assert.equal(await attempt("shm", {}, "RUN --mount=type=tmpfs,target=/dev/shm --mount=type=tmpfs,target=/dev/own echo ran"), "ran\n");
  });

  test("the tables of users are the image's own, whatever they are", async () => {
    for (const [name, file] of Object.entries({
      link: { link: `${up}${outside}/passwd` },
      loop: { link: "passwd" },
      binary: { text: Buffer.alloc(100_000, 0xff) },
      huge: { text: Buffer.alloc(20 * 1024 * 1024, "x") },
      pipe: { fifo: true },
      device: { device: [1, 5] },
    } as const)) {
      const said = await attempt(`passwd-${name}`, { "etc/passwd": file }, "USER eve\nRUN echo ran");
      assert.match(said, /^failed: (?:unable to find user eve|cannot (?:read|resolve|run))/, name);
      const copied = await attempt(`chown-${name}`, { "etc/passwd": file }, "COPY --chown=eve f /f\nUSER 7\nRUN id -u", {
        files: { f: "f" },
      });
      assert.match(copied, /^7\n|^failed: cannot (?:read|resolve|run)|^failed: .*unable to setup user/, name);
    }
  });

  test("devices of a context or an image are files of the layer and nothing else", async () => {
    const said = await attempt(
      "devices",
      { disk: { device: [8, 0] } },
      "COPY null /dev/made\nCOPY null /made\nRUN cat /disk; cat /made | head -c 1; echo ran",
      {
        files: { null: { device: [1, 3] } },
      },
    );
    assert.match(said, /^ran$/m);
    assert.match(said, /open '\/disk': (?:Operation not permitted|Permission denied)/);
  });
});

async function busyboxFiles(): Promise<Files> {
  const busybox = await readFile("/bin/busybox").catch(() => readFile("/usr/bin/busybox"));
  const names = "sh cat echo head id ls pwd".split(" ");
  const links = names.map((name) => [`bin/${name}`, { link: "busybox" }] as const);
  return { "bin/": {}, "bin/busybox": { text: busybox, mode: 0o755 }, ...Object.fromEntries(links), "etc/": {}, "tmp/": { mode: 0o1777 } };
}

/** Goes out by a link that it brings itself. */
function evilTar(outside: string): Promise<Buffer> {
  return tarOfFiles({ away: { link: outside }, "away/new": "evil" });
}
