import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LeakCheck } from "../containers/leaks.ts";
import { cannotRun } from "./chains.ts";
import { Machine } from "./machine.ts";

test("containers of an engine that was killed end when the next one opens, whatever they had", { skip: cannotRun() }, async () => {
  const root = mkdtempSync(join(tmpdir(), "slipway-run-"));
  const program = join(import.meta.dirname, "endless-containers.ts");
  const engine = spawn(process.execPath, ["--conditions=source", program, root], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(engine.stdout, "data")) as [Buffer];
  const pids = JSON.parse(line.toString()) as number[];
  engine.kill("SIGKILL");
  await once(engine, "exit");
  assert.ok(pids.length >= 17 && pids.some(isAlive), `of ${pids.length} processes`);
  const leaks = LeakCheck.before(root);
  {
    await using machine = await Machine.open(root);
    assert.deepEqual(pids.filter(isAlive), []);
    await machine.snapshots.prune();
  }
  leaks.assertNothingLeft();
});

/** One whose end nobody has taken note of yet is not. */
function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}
