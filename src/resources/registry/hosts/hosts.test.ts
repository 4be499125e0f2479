import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createAuthority } from "../../../../test/fixtures/certificates.ts";
import type { Authority, Identity } from "../../../../test/fixtures/certificates.ts";
import { hasRegistry, startRegistry } from "../../../../test/fixtures/registry.ts";
import type { RunningRegistry } from "../../../../test/fixtures/registry.ts";
import { digestOf, MEDIA_TYPE, parseReference } from "#oci";
import { Registries } from "../registries.ts";
import type { FallbackNotice } from "../types.ts";

const skip = hasRegistry ? false : "needs docker-registry";
const CONFIG = Buffer.from('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}');
const config = { mediaType: MEDIA_TYPE.ociConfig, digest: digestOf(CONFIG), size: CONFIG.byteLength };
const MANIFEST = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociManifest, config, layers: [] }));

async function pushTo(registries: Registries, name: string): Promise<void> {
  const repository = registries.repository(parseReference(name));
  await repository.uploadBlob(config, async function* (offset) {
    yield CONFIG.subarray(offset);
  });
  await repository.putManifest(MANIFEST, MEDIA_TYPE.ociManifest, "v1");
}

async function temporary(): Promise<{ readonly path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "slipway-certs-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

describe("TLS with a private authority", { skip }, () => {
  let authority: Authority;
  let client: Identity;
  let registry: RunningRegistry;
  let strict: RunningRegistry;
  before(async () => {
    authority = await createAuthority();
    const server = await authority.issue("server", "IP:127.0.0.1");
    client = await authority.issue("client");
    registry = await startRegistry({ tls: server });
    strict = await startRegistry({ tls: { ...server, clientAuthorities: [authority.certificate] } });
  });
  after(async () => {
    await strict[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
    await authority[Symbol.asyncDispose]();
  });
  /** The registry under docker.io's rules, which know no insecure hosts. */
  const hubAt = (origin: string): { readonly hub: { readonly registry: string } } => ({ hub: { registry: origin } });

  test("an insecure host may show any certificate", async () => {
    await using registries = Registries.open();
    await pushTo(registries, `${registry.host}/t/app`);
    assert.equal((await registries.repository(parseReference(`${registry.host}/t/app`)).resolve("v1")).digest, digestOf(MANIFEST));
  });

  test("client certificates come from certs.d, and Docker's words name a missing half", async () => {
    await using directory = await temporary();
    const own = join(directory.path, strict.host);
    await mkdir(own);
    await using registries = Registries.open({ certificateDirectories: [directory.path] });
    const resolve = (): Promise<unknown> => registries.repository(parseReference(`${strict.host}/t/app`)).resolve("v1");
    await assert.rejects(resolve(), /certificate required|bad certificate|unexpected EOF|connection reset/);
    await copyFile(client.certificate, join(own, "client.cert"));
    await assert.rejects(resolve(), {
      kind: "invalid-argument",
      message: "missing key client.key for client certificate client.cert. CA certificates must use the extension .crt",
    });
    await copyFile(client.key, join(own, "client.key"));
    await assert.rejects(resolve(), { message: /^manifest unknown/ });
    await rm(join(own, "client.cert"));
    await assert.rejects(resolve(), { message: "missing client certificate client.cert for key client.key" });
  });

  test("hosts.toml brings an authority, a name mismatch and a stranger's certificate are refused", async () => {
    await using directory = await temporary();
    await mkdir(join(directory.path, "registry.example"));
    const write = (text: string): Promise<void> => writeFile(join(directory.path, "registry.example", "hosts.toml"), text);
    await using registries = Registries.open({ certificateDirectories: [directory.path], ...hubAt("https://nowhere.invalid") });
    const resolve = (): Promise<unknown> => registries.repository(parseReference("registry.example/t/app")).resolve("v1");
    await write(`server = "${registry.origin}"\nca = "${authority.certificate}"\n`);
    assert.equal(Reflect.get(Object(await resolve()), "digest"), digestOf(MANIFEST));
    await write(`server = "${registry.origin}"\ncapabilities = ["push"]\n`);
    await assert.rejects(resolve(), {
      message: "cannot resolve the reference: no host is configured for registry.example that can resolve",
    });
    await write(`server = ${registry.origin}\n`);
    await assert.rejects(resolve(), { kind: "invalid-argument", message: /hosts\.toml: line 1: expected a string/ });
  });
});

describe("mirrors", { skip }, () => {
  let upstream: RunningRegistry;
  let mirror: RunningRegistry;
  before(async () => {
    upstream = await startRegistry();
    mirror = await startRegistry({ mirrorOf: upstream.origin });
    await using registries = Registries.open();
    await pushTo(registries, `${upstream.host}/library/app`);
  });
  after(async () => {
    await mirror[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  test("a pull of docker.io goes to its mirror", async () => {
    await using registries = Registries.open({ mirrors: [mirror.origin], hub: { registry: "http://127.0.0.1:9" } });
    const repository = registries.repository(parseReference("app"));
    const descriptor = await repository.resolve("v1");
    assert.equal((await repository.fetchManifest(descriptor)).host, mirror.host);
    const blob = await repository.fetchBlob(config);
    assert.deepEqual([blob.isMirror, Buffer.concat(await Array.fromAsync(blob.stream)).equals(CONFIG)], [true, true]);
  });

  test("a mirror that is down or does not have it is passed over, with the reason told", async () => {
    const told: FallbackNotice[] = [];
    const mirrors = ["http://127.0.0.1:9", mirror.origin];
    await using registries = Registries.open({ mirrors, hub: { registry: upstream.origin } });
    const repository = registries.repository(parseReference("app"), { onFallback: (notice) => told.push(notice) });
    await repository.resolve("v1");
    await assert.rejects(repository.resolve("v2"), { message: "manifest unknown: manifest unknown" });
    assert.deepEqual(
      told.map(({ from, reason }) => [from, reason.message]),
      [
        ["http://127.0.0.1:9/v2", 'Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused'],
        [`${mirror.origin}/v2`, "manifest unknown: manifest unknown"],
      ],
    );
  });

  test("hosts.toml gives any registry mirrors, by capability", async () => {
    await using directory = await temporary();
    const own = join(directory.path, upstream.host);
    await mkdir(own);
    await writeFile(
      join(own, "hosts.toml"),
      `[host."${mirror.origin}"]\n  capabilities = ["pull"]\n  [host."${mirror.origin}".header]\n    x-test = "1"\n`,
    );
    await using registries = Registries.open({ certificateDirectories: [directory.path] });
    const repository = registries.repository(parseReference(`${upstream.host}/library/app`));
    await repository.resolve("v1");
    assert.equal((await repository.fetchBlob(config)).host, mirror.host);
    assert.equal(await repository.hasBlob(config), true);
    assert.match(mirror.log(), /ns=127\.0\.0\.1/);
  });

  test("mirrors that cannot be are refused at once, in Docker's words", () => {
    const cases: readonly (readonly [string, string])[] = [
      ["mirror.example", `invalid mirror: no scheme specified for "mirror.example": must use either 'https://' or 'http://'`],
      ["ftp://m", `invalid mirror: unsupported scheme "ftp" in "ftp://m": must use either 'https://' or 'http://'`],
      ["https://m/?a=b", `invalid mirror: query or fragment at end of the URI "https://m/?a=b"`],
      ["https://u:secret@m/", `invalid mirror: username/password not allowed in URI "https://xxxxx@m/"`],
    ];
    for (const [text, message] of cases) assert.throws(() => Registries.open({ mirrors: [text] }), { kind: "invalid-argument", message });
    assert.throws(() => Registries.open({ insecureRegistries: ["10.0.0.0/99"] }), /expected host\[:port\] or a CIDR/);
    assert.throws(() => Registries.open({ maxConcurrentDownloads: -10 }), { message: "invalid max concurrent downloads: -10" });
  });
});
