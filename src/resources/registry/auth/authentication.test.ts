import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { hasRegistry, PASSWORD, startRegistry } from "../../../../test/fixtures/registry.ts";
import type { RunningRegistry } from "../../../../test/fixtures/registry.ts";
import { startTokenServer } from "../../../../test/fixtures/token-server.ts";
import type { TokenServer } from "../../../../test/fixtures/token-server.ts";
import { digestOf, MEDIA_TYPE, parseReference } from "#oci";
import type { CredentialSource } from "../credentials.ts";
import { Registries } from "../registries.ts";
import type { Repository } from "../repository.ts";
import { pullFailure, pushFailure } from "../words.ts";

const skip = hasRegistry ? false : "needs docker-registry";
const CONFIG = Buffer.from('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}');
const config = { mediaType: MEDIA_TYPE.ociConfig, digest: digestOf(CONFIG), size: CONFIG.byteLength };
const MANIFEST = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociManifest, config, layers: [] }));
const alice = { username: "alice", password: PASSWORD };

async function push(repository: Repository): Promise<void> {
  await repository.uploadBlob(config, async function* (offset) {
    yield CONFIG.subarray(offset);
  });
  await repository.putManifest(MANIFEST, MEDIA_TYPE.ociManifest, "v1");
}

function wordsOf(error: unknown): string {
  assert.ok(error instanceof Error);
  return error.message;
}

describe("a registry with Basic authentication", { skip }, () => {
  let registry: RunningRegistry;
  before(async () => {
    registry = await startRegistry({ users: ["alice"] });
  });
  after(() => registry[Symbol.asyncDispose]());
  const nameOf = (): string => `${registry.host}/t/app`;

  test("the right account gets in, and credentials are asked for once", async () => {
    await using registries = Registries.open();
    const repository = registries.repository(parseReference(nameOf()), { credentials: alice });
    await push(repository);
    assert.equal((await repository.resolve("v1")).digest, digestOf(MANIFEST));
    assert.equal(registry.log().match(/\/v2\/t\/app\S* HTTP\/1.1" 401/g)?.length, 1);
  });

  test("without an account, with a wrong password and with one for elsewhere, Docker's words say so", async () => {
    const cases: readonly (readonly [CredentialSource | undefined, RegExp])[] = [
      [undefined, /^Head "http:.*\/v2\/t\/app\/manifests\/v1": no basic auth credentials$/],
      [{ username: "alice", password: "wrong" }, /^unauthorized/],
      [{ ...alice, serverAddress: "registry.example" }, /: no basic auth credentials$/],
      [new Map([["127.0.0.1", alice]]), /: no basic auth credentials$/],
      [new Map([[`${"x"}127.0.0.1`, alice]]), /: no basic auth credentials$/],
    ];
    await using registries = Registries.open();
    for (const [credentials, message] of cases) {
      const options = credentials === undefined ? {} : { credentials };
      await assert.rejects(registries.repository(parseReference(nameOf()), options).resolve("v1"), { message });
    }
  });

  test("the account of the longest prefix counts", async () => {
    await using registries = Registries.open();
    const credentials = new Map([
      [registry.host, { username: "bob", password: "no" }],
      [`http://${registry.host}/t`, alice],
      [`${registry.host}/t/ap`, { username: "carol", password: "no" }],
    ]);
    assert.equal((await registries.repository(parseReference(nameOf()), { credentials }).resolve("v1")).size, MANIFEST.byteLength);
  });

  test("log in proves the password", async () => {
    await using registries = Registries.open();
    assert.equal((await registries.login(`http://${registry.host}/v2/`, alice)).status, "Login Succeeded");
    await assert.rejects(registries.login(registry.host, { username: "alice", password: "wrong" }), {
      kind: "internal",
      message: `login attempt to http://${registry.host}/v2/ failed with status: 401 Unauthorized`,
    });
    await assert.rejects(registries.login(registry.host, {}), { message: `Get "http://${registry.host}/v2/": no basic auth credentials` });
  });
});

describe("a registry with a token server", { skip }, () => {
  let tokens: TokenServer;
  let registry: RunningRegistry;
  before(async () => {
    tokens = await startTokenServer({ users: { alice: PASSWORD }, lifetime: () => 300 });
    registry = await startRegistry({ token: tokens });
  });
  after(async () => {
    await registry[Symbol.asyncDispose]();
    await tokens[Symbol.asyncDispose]();
  });
  const reference = (): ReturnType<typeof parseReference> => parseReference(`${registry.host}/t/app:v1`);

  test("a push needs one token, a pull after it another, each kept", async () => {
    await using registries = Registries.open();
    const repository = registries.repository(reference(), { credentials: alice });
    await push(repository);
    await repository.resolve("v1");
    await repository.resolve("v1");
    assert.deepEqual(
      tokens.records.splice(0).map(({ account, parameters }) => [account, parameters.get("scope"), parameters.get("service")]),
      [
        ["alice", "repository:t/app:push,pull", "test-service"],
        ["alice", "repository:t/app:pull", "test-service"],
      ],
    );
  });

  test("an account's token is not another's", async () => {
    await using registries = Registries.open();
    await registries.repository(reference(), { credentials: alice }).resolve("v1");
    const failed: unknown = await registries
      .repository(reference())
      .resolve("v1")
      .catch((error: unknown) => error);
    const name = `${registry.host}/t/app`;
    assert.equal(
      wordsOf(pullFailure(failed, reference())),
      `pull access denied for ${name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied
to resolve the reference, ${registry.host} answered with 401; credentials: none; log in with an account that may do this: docker login ${registry.host}`,
    );
    assert.equal(wordsOf(failed), "errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n");
    tokens.records.splice(0);
  });

  test("a wrong password is refused by the token server, and not shown", async () => {
    await using registries = Registries.open();
    const credentials = { username: "alice", password: "very wrong secret" };
    const failed: unknown = await registries
      .repository(reference(), { credentials })
      .resolve("v1")
      .catch((error: unknown) => error);
    assert.equal(wordsOf(failed), `Head "${registry.origin}/v2/t/app/manifests/v1": unauthorized: incorrect username or password`);
    assert.match(
      wordsOf(pushFailure(failed)),
      /^unauthorized: incorrect username or password\nto get a token, .*; credentials: user "alice"; log in/,
    );
    assert.ok(wordsOf(pushFailure(failed)).endsWith(`docker login ${registry.host}`));
    assert.doesNotMatch(JSON.stringify(failed), /very wrong/);
    tokens.records.splice(0);
  });

  test("a login gives an identity token, which pulls by OAuth2", async () => {
    await using registries = Registries.open();
    const { identityToken } = await registries.login(registry.host, alice);
    assert.match(identityToken, /^refresh-alice-/);
    assert.equal(tokens.records.splice(0)[0]?.parameters.get("offline_token"), "true");
    await registries.repository(reference(), { credentials: { identityToken } }).resolve("v1");
    const [record] = tokens.records.splice(0);
    assert.deepEqual([record?.method, record?.account, record?.hasAuthorization], ["POST", "alice", false]);
    await assert.rejects(registries.login(registry.host, { username: "alice", password: "no" }), {
      kind: "unauthorized",
      message: `Get "${registry.origin}/v2/": unauthorized: incorrect username or password`,
    });
  });

  test("a registry token is passed on as it is, and its refusal is final", async () => {
    await using registries = Registries.open();
    tokens.records.splice(0);
    await assert.rejects(registries.repository(reference(), { credentials: { registryToken: "not.a.token" } }).resolve("v1"), {
      kind: "unauthorized",
    });
    assert.equal(tokens.records.length, 0);
  });

  test("a token that is over is renewed, once, by all who wait for it", async () => {
    let now = Date.now();
    await using registries = Registries.open({ clock: { now: () => now, sleep: () => Promise.resolve() } });
    const repository = registries.repository(reference(), { credentials: alice });
    await repository.resolve("v1");
    await repository.resolve("v1");
    assert.equal(tokens.records.splice(0).length, 1);
    now += 295_000;
    await Promise.all([repository.resolve("v1"), repository.resolve("v1"), repository.resolve("v1")]);
    assert.equal(tokens.records.splice(0).length, 1);
  });

  test("a mount asks for both repositories", async () => {
    await using registries = Registries.open();
    tokens.records.splice(0);
    const other = registries.repository(parseReference(`${registry.host}/t/other`), { credentials: alice });
    assert.equal(await other.mountBlob(config.digest, "t/app"), true);
    assert.deepEqual(tokens.records[0]?.parameters.getAll("scope"), ["repository:t/other:push,pull", "repository:t/app:pull"]);
  });
});
