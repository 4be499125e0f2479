import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { createAuthority } from "../../../../test/fixtures/certificates.ts";
import type { Authority, Identity } from "../../../../test/fixtures/certificates.ts";
import { startConnectProxy } from "../../../../test/fixtures/connect-proxy.ts";
import { startPrefixProxy } from "../../../../test/fixtures/prefix-proxy.ts";
import { hasRegistry, startRegistry } from "../../../../test/fixtures/registry.ts";
import type { RunningRegistry } from "../../../../test/fixtures/registry.ts";
import { digestOf, MEDIA_TYPE, parseReference } from "#oci";
import type { Repository } from "../repository.ts";
import { Registries } from "../registries.ts";

const skip = hasRegistry ? false : "docker-registry is not installed";
const CONFIG = Buffer.from('{"architecture":"amd64","os":"linux"}');
const config = { mediaType: MEDIA_TYPE.ociConfig, digest: digestOf(CONFIG), size: CONFIG.byteLength };
const MANIFEST = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociManifest, config, layers: [] }));

/** A name that no resolver knows, so that only what hosts.toml says of it can be asked. */
const HOST = "registry.invalid";
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "slipway-hosts-"));
  await mkdir(join(directory, HOST));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function write(...lines: readonly string[]): Promise<void> {
  return writeFile(join(directory, HOST, "hosts.toml"), `${lines.join("\n")}\n`);
}

async function upload(repository: Repository): Promise<void> {
  await repository.uploadBlob(config, async function* (offset) {
    yield CONFIG.subarray(offset);
  });
  await repository.putManifest(MANIFEST, MEDIA_TYPE.ociManifest, "v1");
}

/** What a pull asks for; where the manifest and the blob came from. */
async function download(repository: Repository): Promise<readonly string[]> {
  const descriptor = await repository.resolve("v1");
  assert.equal(descriptor.digest, digestOf(MANIFEST));
  const manifest = await repository.fetchManifest(descriptor);
  const blob = await repository.fetchBlob(config);
  assert.ok(Buffer.concat(await Array.fromAsync(blob.stream)).equals(CONFIG));
  return [manifest.host, blob.host];
}

describe("hosts.toml before a registry behind a path", { skip }, () => {
  let registry: RunningRegistry;
  let other: RunningRegistry;
  before(async () => {
    registry = await startRegistry();
    other = await startRegistry();
    await using registries = Registries.open();
    await upload(registries.repository(parseReference(`${registry.host}/t/app`)));
  });
  after(async () => {
    await other[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  async function open<T>(use: (repository: Repository) => Promise<T>, path = "t/app"): Promise<T> {
    await using registries = Registries.open({ certificateDirectories: [directory], retry: { requestAttempts: 1 } });
    return await use(registries.repository(parseReference(`${HOST}/${path}`)));
  }

  for (const [name, prefix, written, override] of [
    ["the whole root with override_path", "/mirrors/hub", "/mirrors/hub", true],
    ["the whole root behind /v2 with override_path, as Harbor has its projects", "/v2/project", "/v2/project/", true],
    ["before /v2 without override_path", "/team/v2", "/team", false],
    ["the root as it is when it ends with /v2", "/team/v2", "/team/v2", false],
  ] as const) {
    test(`a path is ${name}`, async () => {
      await using proxy = await startPrefixProxy(registry.host, prefix);
      await write(`[host."${proxy.origin}${written}"]`, `override_path = ${override}`);
      assert.deepEqual(await open(download), [proxy.host, proxy.host]);
      assert.ok(proxy.asked.every(({ path }) => path.startsWith(`${prefix}/t/app/`) && path.endsWith(`?ns=${HOST}`)));
    });
  }

  test("a server with override_path takes pushes, and everything that is sent stays below its path", async () => {
    await using proxy = await startPrefixProxy(other.host, "/deep/er");
    await write(`server = "${proxy.origin}/deep/er"`, "override_path = true");
    await open(async (repository) => {
      await upload(repository);
      assert.deepEqual(await download(repository), [proxy.host, proxy.host]);
      assert.deepEqual(await repository.listTags(), ["v1"]);
    }, "own/app");
    assert.ok(proxy.asked.some(({ method }) => method === "PUT"));
    assert.ok(proxy.asked.every(({ path }) => path.startsWith("/deep/er/")));
  });

  test("a host is asked for what it can, the next one for the rest", async () => {
    await using first = await startPrefixProxy(registry.host, "/first");
    await using second = await startPrefixProxy(registry.host, "/second");
    await write(
      `server = "${registry.origin}"`,
      `[host."${first.origin}/first"]`,
      'capabilities = ["resolve"]',
      "override_path = true",
      `[host."${second.origin}/second"]`,
      'capabilities = ["pull"]',
      "override_path = true",
    );
    assert.deepEqual(await open(download), [second.host, second.host]);
    assert.deepEqual(new Set(first.asked.map(({ method }) => method)), new Set(["HEAD"]));
    assert.ok(second.asked.every(({ method }) => method === "GET"));
    // Only the server is left for pushes.
    await open(upload, "t/pushed");
    assert.equal([...first.asked, ...second.asked].filter(({ method }) => /POST|PUT|PATCH/.test(method)).length, 0);
  });

  test("a host that lacks it is passed over, and its headers go to nobody else", async () => {
    await using empty = await startPrefixProxy(other.host, "/empty");
    await using full = await startPrefixProxy(registry.host, "/full");
    await write(
      `[host."${empty.origin}/empty"]`,
      "override_path = true",
      `[host."${empty.origin}/empty".header]`,
      'x-secret = ["one", "two"]',
      `[host."${full.origin}/full"]`,
      "override_path = true",
    );
    await using registries = Registries.open({ certificateDirectories: [directory] });
    await download(registries.repository(parseReference(`${HOST}/t/app`)));
    assert.ok(empty.asked.length > 0 && empty.asked.every(({ headers }) => headers["x-secret"] === "one, two"));
    assert.ok(full.asked.length > 0 && full.asked.every(({ headers }) => headers["x-secret"] === undefined));
  });
});

describe("hosts.toml before a registry with a private authority", { skip }, () => {
  let authority: Authority;
  let client: Identity;
  let registry: RunningRegistry;
  before(async () => {
    authority = await createAuthority();
    client = await authority.issue("client");
    const tls = { ...(await authority.issue("server", `DNS:${HOST}`)), clientAuthorities: [authority.certificate] };
    registry = await startRegistry({ tls });
    const certificates = await mkdtemp(join(tmpdir(), "slipway-certs-"));
    await mkdir(join(certificates, registry.host));
    await copyFile(client.certificate, join(certificates, registry.host, "client.cert"));
    await copyFile(client.key, join(certificates, registry.host, "client.key"));
    await using registries = Registries.open({ certificateDirectories: [certificates] });
    await upload(registries.repository(parseReference(`${registry.host}/t/app`)));
    await rm(certificates, { recursive: true });
  });
  after(async () => {
    await registry[Symbol.asyncDispose]();
    await authority[Symbol.asyncDispose]();
  });

  /** The registry under a name that is not this machine's, and so a secure one. */
  async function resolve(...lines: readonly string[]): Promise<string> {
    await write(...lines);
    await using proxy = await startConnectProxy({ [`${HOST}:443`]: registry.host });
    await using registries = Registries.open({
      certificateDirectories: [directory],
      proxy: { httpsProxy: proxy.origin },
      retry: { requestAttempts: 1 },
    });
    return (await registries.repository(parseReference(`${HOST}/t/app`)).resolve("v1")).digest;
  }

  const stranger = { message: /x509: certificate signed by unknown authority/ };
  const unproven = { message: /certificate required|bad certificate|unexpected EOF|connection reset/ };

  for (const [where, without, ...head] of [
    ["of a server", unproven, `server = "https://${HOST}"`],
    ["of the registry itself, when no server is named", unproven],
    // The registry itself, of which nothing is said, has the last word.
    ["of a host", stranger, `[host."https://${HOST}"]`],
  ] as const) {
    test(`an authority and a client certificate ${where} are used, and nothing else is believed`, async () => {
      const pair = `client = [["${client.certificate}", "${client.key}"]]`;
      await assert.rejects(resolve(...head, pair), stranger);
      await assert.rejects(resolve(...head, `ca = "${authority.certificate}"`), without);
      assert.equal(await resolve(...head, `ca = "${authority.certificate}"`, pair), digestOf(MANIFEST));
      assert.equal(await resolve(...head, "skip_verify = true", pair), digestOf(MANIFEST));
      await assert.rejects(resolve(...head, "skip_verify = false", pair), stranger);
    });
  }

  test("files are found beside hosts.toml, and a missing one is named", async () => {
    const missing = { message: `cannot read ${join(directory, HOST, "ca.pem")}: ENOENT` };
    await assert.rejects(resolve('ca = "ca.pem"'), missing);
  });
});
