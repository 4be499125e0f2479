import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf, MEDIA_TYPE } from "#oci";
import type { Remote } from "#remote";
import { serveApi } from "../../../../test/api/serve-api.ts";
import { stubEngine } from "../../../../test/api/stub-engine.ts";

test("what a name stands for is told member by member as Docker writes it", async () => {
  const descriptor = { mediaType: MEDIA_TYPE.ociIndex, digest: digestOf("a"), size: 7 };
  const inspect: Remote["inspect"] = () =>
    Promise.resolve({
      descriptor,
      platforms: [
        { os: "linux", architecture: "arm", variant: "v7" },
        { os: "windows", architecture: "amd64", "os.version": "10.0" },
      ],
    });
  await using api = await serveApi(stubEngine({}, { registries: { inspect } as Remote }));
  const { text } = await api.ask("GET /v1.51/distribution/r.example/app/json");
  const platforms = '{"architecture":"arm","os":"linux","variant":"v7"},{"architecture":"amd64","os":"windows","os.version":"10.0"}';
  assert.equal(text, `{"Descriptor":${JSON.stringify(descriptor)},"Platforms":[${platforms}]}\n`);
});

test("a login is answered member by member as Docker writes it", async () => {
  const login: Remote["login"] = () => Promise.resolve({ status: "Login Succeeded", identityToken: "" });
  await using api = await serveApi(stubEngine({}, { registries: { login } as Remote }));
  const { text } = await api.ask("POST /v1.51/auth", { body: "{}", headers: { "Content-Type": "application/json" } });
  assert.equal(text, '{"IdentityToken":"","Status":"Login Succeeded"}\n');
});
