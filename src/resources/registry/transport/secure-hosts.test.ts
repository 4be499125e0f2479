import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createAuthority } from "../../../../test/fixtures/certificates.ts";
import type { Authority } from "../../../../test/fixtures/certificates.ts";
import { startConnectProxy } from "../../../../test/fixtures/connect-proxy.ts";
import { startHostileRegistry } from "../../../../test/fixtures/hostile-registry.ts";
import type { HostileRegistry } from "../../../../test/fixtures/hostile-registry.ts";
import { digestOf, parseReference } from "#oci";
import type { RegistryConfig } from "../registry-config.ts";
import { Registries } from "../registries.ts";
import { explainFailure } from "../words.ts";

/** Names that no resolver knows are secure hosts, and a proxy's tunnel is how they come to be on this machine. */
const HOST = "registry.invalid";
let authority: Authority;
let secure: HostileRegistry;
let misnamed: HostileRegistry;
let plain: HostileRegistry;
let directory: string;

before(async () => {
  authority = await createAuthority();
  const notFound = '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}';
  const script = (_: unknown, reply: { send(status: number, headers: Record<string, string>, body: string): void }): void =>
    reply.send(404, { "content-type": "application/json" }, notFound);
  secure = await startHostileRegistry(script, { tls: await authority.issue("server", `DNS:${HOST}`) });
  misnamed = await startHostileRegistry(script, { tls: await authority.issue("other", "DNS:other.invalid") });
  plain = await startHostileRegistry(script);
  directory = await mkdtemp(join(tmpdir(), "slipway-certs-"));
  await mkdir(join(directory, HOST));
  await copyFile(authority.certificate, join(directory, HOST, "ca.crt"));
});
after(async () => {
  await rm(directory, { recursive: true, force: true });
  for (const registry of [secure, misnamed, plain]) await registry[Symbol.asyncDispose]();
  await authority[Symbol.asyncDispose]();
});

async function resolveThrough(registry: HostileRegistry, config: RegistryConfig, userinfo = ""): Promise<readonly (string | undefined)[]> {
  await using proxy = await startConnectProxy({ [`${HOST}:443`]: registry.host });
  const httpsProxy = proxy.origin.replace("http://", `http://${userinfo}`);
  await using registries = Registries.open({ ...config, proxy: { httpsProxy, noProxy: "other.invalid" }, retry: { requestAttempts: 1 } });
  await assert.rejects(registries.repository(parseReference(`${HOST}/t/app`)).resolve("v1"), { message: "manifest unknown" });
  assert.deepEqual(new Set(proxy.tunnels), new Set([`${HOST}:443`]));
  return proxy.authorizations;
}

test("a private authority is believed for the host whose directory it is in, through a proxy", async () => {
  await resolveThrough(secure, { certificateDirectories: [directory] });
});

test("a proxy gets the credentials in its address", async () => {
  const [authorization] = await resolveThrough(secure, { certificateDirectories: [directory] }, "user:word@");
  assert.equal(authorization, `Basic ${Buffer.from("user:word").toString("base64")}`);
});

const REFUSED: readonly (readonly [name: string, () => HostileRegistry, knowsAuthority: boolean, words: string])[] = [
  ["an unknown authority", () => secure, false, "tls: failed to verify certificate: x509: certificate signed by unknown authority"],
  ["another name", () => misnamed, true, `tls: failed to verify certificate: x509: certificate is valid for other.invalid, not ${HOST}`],
  ["plain HTTP", () => plain, false, "http: server gave HTTP response to HTTPS client"],
];

for (const [name, registry, knowsAuthority, words] of REFUSED) {
  test(`${name} is refused in Docker's words, and nothing is asked`, async () => {
    const credentials = { username: "alice", password: "secret" };
    await using proxy = await startConnectProxy({ [`${HOST}:443`]: registry().host });
    await using registries = Registries.open({
      certificateDirectories: knowsAuthority ? [directory] : [],
      proxy: { httpsProxy: proxy.origin },
      retry: { requestAttempts: 1 },
    });
    const before = registry().requests.length;
    await assert.rejects(registries.repository(parseReference(`${HOST}/t/app`), { credentials }).resolve("v1"), {
      message: `Get "https://${HOST}/v2/": ${words}`,
    });
    assert.equal(registry().requests.length, before);
  });
}

test("an insecure host of that name is asked without verification", async () => {
  await resolveThrough(secure, { insecureRegistries: [HOST] });
});

test("a secure registry cannot send us to http, nor to this machine, nor its token server be without TLS", async () => {
  const cases: readonly (readonly [Record<string, string>, number, RegExp])[] = [
    [{ location: "http://elsewhere.invalid/x" }, 302, /refusing a redirect from https to http, at elsewhere\.invalid$/],
    [{ location: "https://127.0.0.1:1/x" }, 302, /refusing a redirect to 127\.0\.0\.1:1, an address of this machine or its link$/],
    [{ location: "https://169.254.169.254/latest" }, 302, /refusing a redirect to 169\.254\.169\.254, an address/],
    [
      { "www-authenticate": 'Bearer realm="http://tokens.invalid/t",service="s"' },
      401,
      /its token server tokens\.invalid is reached by http, expected https$/,
    ],
  ];
  for (const [headers, status, message] of cases) {
    secure.play((_, reply) => reply.send(status, headers));
    await using proxy = await startConnectProxy({ [`${HOST}:443`]: secure.host });
    const config = { certificateDirectories: [directory], proxy: { httpsProxy: proxy.origin } };
    await using registries = Registries.open(config);
    const blob = { mediaType: "", digest: digestOf("x"), size: 1 };
    await assert.rejects(registries.repository(parseReference(`${HOST}/t/app`)).fetchBlob(blob), { kind: "internal", message });
  }
});

test("a proxy that does not connect is told apart from the registry behind it", async () => {
  await using proxy = await startConnectProxy({});
  await using registries = Registries.open({ proxy: { httpsProxy: proxy.origin }, retry: { requestAttempts: 1 } });
  const failed: unknown = await registries
    .repository(parseReference(`${HOST}/t/app`))
    .resolve("v1")
    .catch((error: unknown) => error);
  assert.ok(failed instanceof Error);
  assert.equal(failed.message, `Get "https://${HOST}/v2/": Bad Gateway`);
  assert.equal(explainFailure(failed), `to resolve the reference, the proxy before ${HOST} answered with 502; credentials: none`);
});

test("hosts that cannot be reached are named in Docker's words", async () => {
  await using registries = Registries.open({ retry: { requestAttempts: 1 } });
  await assert.rejects(registries.repository(parseReference("nowhere.invalid/t/app")).resolve("v1"), {
    message: /^Get "https:\/\/nowhere\.invalid\/v2\/": dial tcp: lookup nowhere\.invalid on .*: no such host$/,
  });
  await assert.rejects(registries.repository(parseReference("127.0.0.1:9/t/app")).resolve("v1"), {
    message: 'Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused',
  });
});
