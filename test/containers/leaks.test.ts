import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { runBriefly } from "#programs";
import { cannotRun } from "../runtime/chains.ts";
import { LeakCheck } from "./leaks.ts";

const CGROUP = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"].find((folder) => existsSync(folder)) ?? "";
const ID = "0123456789abcdef".repeat(4);

describe("the leak check", { skip: cannotRun() }, () => {
  let dataRoot: string;
  let notes: string;
  let undo: (() => unknown)[];

  beforeEach(() => {
    dataRoot = mkdtempSync(join(tmpdir(), "slipway-leaks-"));
    notes = mkdtempSync("/dev/shm/slipway-run-");
    symlinkSync(notes, join(dataRoot, "runtime"));
    mkdirSync(join(dataRoot, "containers", ID), { recursive: true });
    undo = [];
  });
  afterEach(async () => {
    for (const step of undo.reverse()) await step();
    rmSync(notes, { recursive: true, force: true });
    rmSync(dataRoot, { recursive: true });
  });

  /** As an engine that ends cleanly leaves it. */
  function end(): void {
    rmSync(notes, { recursive: true });
    rmSync(join(dataRoot, "runtime"));
  }

  async function started(program: string, ...words: readonly string[]): Promise<void> {
    const child = spawn(program, words, { stdio: ["pipe", "pipe", "ignore"] });
    const gone = once(child, "exit");
    undo.push(async () => {
      child.kill("SIGKILL");
      await gone;
    });
    await once(child.stdout, "data");
  }

  const LEFT: Readonly<Record<string, () => unknown>> = {
    mounts: async () => {
      const place = join(dataRoot, "containers", ID);
      await runBriefly("mount", ["-t", "tmpfs", "none", place], { package: "mount" });
      undo.push(() => runBriefly("umount", [place], { package: "mount" }));
    },
    processes: () => started("sh", "-c", "echo ready; read line", "--root", join(notes, "runc")),
    networks: () => started("unshare", "--net", "--", "sh", "-c", "echo ready; exec cat"),
    controlGroups: () => {
      const group = join(CGROUP, `slipway-${ID}`);
      mkdirSync(group);
      undo.push(() => rmdirSync(group));
    },
    memory: () => mkdirSync(notes),
    bundles: () => void mkdirSync(join(dataRoot, "runtime", "bundles", "one"), { recursive: true }),
    mounted: () => void mkdirSync(join(dataRoot, "snapshots", "active", "one"), { recursive: true }),
  };

  test("passes when nothing is left", () => {
    const leaks = LeakCheck.before(dataRoot);
    end();
    leaks.assertNothingLeft();
  });

  for (const [kind, leave] of Object.entries(LEFT)) {
    test(`fails when something is left of ${kind}, and says what`, async () => {
      const leaks = LeakCheck.before(dataRoot);
      end();
      await leave();
      assert.throws(
        () => leaks.assertNothingLeft(),
        ({ actual }: { actual: Record<string, readonly string[]> }) => {
          const found = Object.keys(actual).filter((name) => (actual[name] ?? []).length > 0);
          assert.deepEqual(found, [kind]);
          return true;
        },
      );
    });
  }

  test("fails for a terminal that nobody closed", async () => {
    const leaks = LeakCheck.before(dataRoot);
    end();
    await started("script", "-q", "-e", "-f", "-c", "echo ready; read line", "/dev/null");
    assert.throws(() => leaks.assertNothingLeft(), /\d+: script/);
  });
});
