import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readHostDirectory } from "./certificates.ts";

test("a certificate without its key beside an authority is one error, waited for by whoever asked", async () => {
  const directory = await mkdtemp(join(tmpdir(), "slipway-certs-"));
  try {
    await mkdir(join(directory, "registry.example"));
    for (const name of ["ca.crt", "client.cert"]) await writeFile(join(directory, "registry.example", name), "PEM");
    await assert.rejects(readHostDirectory([directory], "registry.example"), {
      message: /^missing key client\.key for client certificate/,
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});
