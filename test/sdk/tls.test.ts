import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { connect } from "#sdk";
import { CANNOT_MAKE_CERTIFICATES, makeAuthority } from "../daemon/certificates.ts";
import { temporaryFolder } from "../workbench/index.ts";

test("TLS speaks with the engine that its authority vouches for, and with no other", { skip: CANNOT_MAKE_CERTIFICATES }, async (t) => {
  await using folder = await temporaryFolder();
  const authority = makeAuthority(folder.path, "ours");
  const own = authority.issue("server", "serverAuth");
  const client = authority.issue("client", "clientAuth");
  const read = (path: string): string => readFileSync(path, "utf8");
  const ca = read(authority.ca);
  const key = { cert: read(client.cert), key: read(client.key) };
  const options = { ca, cert: read(own.cert), key: read(own.key), requestCert: true, rejectUnauthorized: true };
  const server = createServer(options, (_, response) => void response.setHeader("Api-Version", "1.51").end("[]"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;

  for (const host of [`tcp://127.0.0.1:${port}`, `https://localhost:${port}`]) {
    await using engine = await connect({ host, tls: { ca, ...key } });
    assert.deepEqual([engine.apiVersion, await engine.imageList()], ["1.51", []]);
  }
  const host = `tcp://127.0.0.1:${port}`;
  await assert.rejects(connect({ host, tls: key }), { kind: "unavailable", message: /^lost the connection .*certificate/ });
  const other = read(makeAuthority(folder.path, "other").ca);
  await assert.rejects(connect({ host, tls: { ca: other, ...key } }), { kind: "unavailable" });
  await assert.rejects(connect({ host, tls: { ca } }), { kind: "unavailable" });
  await assert.rejects(connect({ host: `http://127.0.0.1:${port}` }), { kind: "unavailable" });
});
