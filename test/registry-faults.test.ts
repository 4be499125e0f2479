import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), "utf8");

test("every fault of docs/registry-faults.md is held by a test that exists", () => {
  const rows = read("docs/registry-faults.md")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| fault ") && !line.startsWith("| ---"));
  assert.ok(rows.length > 40);
  for (const row of rows) {
    const [, path = "", name = ""] = /\| (\S+\.test\.ts): (.*?) \|$/.exec(row) ?? [];
    assert.ok(path !== "" && name !== "", `no test is named in: ${row}`);
    assert.ok(read(path).includes(name), `${path} has no test "${name}"`);
  }
});
