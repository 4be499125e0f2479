import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { dockerCredentials } from "./docker-credentials.ts";

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "slipway-home-"));
  mkdirSync(join(home, ".docker"));
});
afterEach(() => rmSync(home, { recursive: true }));

const write = (text: string): void => writeFileSync(join(home, ".docker", "config.json"), text);

test("what docker login wrote is read, by registry", async () => {
  const auth = Buffer.from("alice:secret").toString("base64");
  write(JSON.stringify({ auths: { "h:5000": { auth }, "i:5000": { identitytoken: "t" }, odd: 1 }, credsStore: "desktop" }));
  const expected = [
    ["h:5000", { username: "alice", password: "secret" }],
    ["i:5000", { identityToken: "t" }],
  ];
  assert.deepEqual([...(await dockerCredentials({ environment: {}, home }))], expected);
  const elsewhere = { environment: { DOCKER_CONFIG: join(home, ".docker") }, home: "/nowhere" };
  assert.deepEqual([...(await dockerCredentials(elsewhere))], expected);
});

test("without the file there is nobody, and one that is none is told of", async () => {
  assert.equal((await dockerCredentials({ environment: {}, home })).size, 0);
  for (const [text, message] of [
    ["{", /^cannot parse .*config\.json: /],
    ['{"auths":[]}', /"auths" must be an object/],
  ] as const) {
    write(text);
    await assert.rejects(dockerCredentials({ environment: {}, home }), { kind: "invalid-argument", message });
  }
});
