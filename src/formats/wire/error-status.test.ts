import assert from "node:assert/strict";
import { it } from "node:test";
import { kindOf, statusOf } from "./error-status.ts";

it("kindOf() leads back from each status that names one kind", () => {
  for (const [kind, status] of Object.entries(statusOf)) {
    if (status !== 500) assert.equal(kindOf(status), kind);
  }
});

it("statusOf answers 500 for what no other status says", () => {
  const unnamed = Object.entries(statusOf).flatMap(([kind, status]) => (status === 500 ? [kind] : []));
  assert.deepEqual(unnamed.sort(), ["cancelled", "data-loss", "internal"]);
});

it("kindOf() finds a kind for statuses of proxies and other engines", () => {
  const foreign = {
    405: "invalid-argument",
    429: "rate-limited",
    499: "cancelled",
    500: "internal",
    502: "unavailable",
    507: "internal",
    302: "internal",
  };
  for (const [status, kind] of Object.entries(foreign)) assert.equal(kindOf(Number(status)), kind);
});
