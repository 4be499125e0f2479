import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { apiCoverage } from "./api-coverage.ts";
import { ROUTES } from "./routes.ts";

test("docs/api-coverage.md is what the route table says; `npm run coverage` writes it", () => {
  assert.equal(readFileSync(new URL("../../../docs/api-coverage.md", import.meta.url), "utf8"), apiCoverage());
});

test("every route and every parameter is in the document", () => {
  const document = apiCoverage();
  for (const { method, pattern, parameters } of ROUTES) {
    assert.ok(document.includes(`${method} ${pattern.replace(":.*", "")}`), pattern);
    for (const { name } of parameters) assert.ok(document.includes(`\`${name}\``), `${pattern} ${name}`);
  }
});
