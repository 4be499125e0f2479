import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { hasRegistry, PASSWORD, startRegistry } from "../../fixtures/registry.ts";
import { APP, ARCHIVE } from "../images.ts";
import { openDocker, skip as noDocker } from "./docker.ts";

const skip =
  noDocker !== false ? noDocker : hasRegistry && existsSync("/usr/bin/skopeo") ? false : "docker-registry and skopeo are not installed";

test("docker pull, push and login", { skip }, async (t) => {
  await using docker = await openDocker();
  await using registry = await startRegistry();
  await using secret = await startRegistry({ users: ["alice"] });
  const archive = await docker.file("app.tar", ARCHIVE);
  for (const [host, ...creds] of [[registry.host], [secret.host, "--dest-creds", `alice:${PASSWORD}`]]) {
    const args = ["--insecure-policy", "copy", "--dest-tls-verify=false", ...creds];
    const { status, stderr } = spawnSync("skopeo", [
      ...args,
      `docker-archive:${archive}:docker.io/demo/app:1`,
      `docker://${host}/demo/app:1`,
    ]);
    assert.equal(status, 0, String(stderr));
  }
  const name = `${registry.host}/demo/app:1`;

  await t.test("pull prints where the image is from, its layers, its digest and its name", async () => {
    const { status, stdout } = await docker.run(["pull", name]);
    assert.equal(status, 0);
    const lines = stdout.trim().split("\n");
    assert.equal(lines[0], "1: Pulling from demo/app");
    assert.equal(lines.filter((line) => line.endsWith(": Pull complete")).length, APP.diffIds.length);
    assert.match(lines.at(-3) ?? "", /^Digest: sha256:[0-9a-f]{64}$/);
    assert.deepEqual(lines.slice(-2), [`Status: Downloaded newer image for ${name}`, name]);
    assert.equal(await docker.print("images", "-q", "--no-trunc", name), `${APP.id}\n`);
  });

  await t.test("pull again says that nothing is new; -q prints the name alone", async () => {
    assert.match((await docker.run(["pull", name])).stdout, new RegExp(`Status: Image is up to date for ${name}`));
    assert.equal(await docker.print("pull", "-q", name), `${name}\n`);
  });

  await t.test("search finds in the catalog of a registry that has no search, after a login where it needs one", async () => {
    const found = async (...args: readonly string[]): Promise<string[]> =>
      (await docker.print("search", "--format", "{{.Name}}|{{.Description}}|{{.StarCount}}", ...args)).split("\n").slice(0, -1);
    assert.deepEqual(await found(`${registry.host}/app`), ["demo/app||0"]);
    assert.deepEqual(await found(`${registry.host}/nothing`), []);
    assert.deepEqual(await found("--filter", "stars=1", `${registry.host}/app`), []);
    const { status, stderr } = await docker.run(["search", `${secret.host}/app`]);
    assert.equal(status, 1);
    assert.match(stderr, /^Error response from daemon: Unexpected status code 404: there is no search, .*no basic auth credentials/);
    await docker.run(["login", "-u", "alice", "--password-stdin", secret.host], { stdin: Buffer.from(PASSWORD) });
    assert.deepEqual(await found(`${secret.host}/app`), ["demo/app||0"]);
    await docker.run(["logout", secret.host]);
  });

  await t.test("pull of what is not there says so", async () => {
    const { status, stderr } = await docker.run(["pull", `${registry.host}/demo/app:none`]);
    assert.equal(status, 1);
    assert.match(
      stderr,
      new RegExp(`^Error response from daemon: manifest for ${registry.host}/demo/app:none not found: manifest unknown`),
    );
  });

  await t.test("push prints what it does with each layer, and the digest; again, that they are there", async () => {
    const copy = `${registry.host}/demo/copy:2`;
    await docker.print("tag", name, copy);
    const lines = (await docker.print("push", copy)).trim().split("\n");
    assert.equal(lines[0], `The push refers to repository [${registry.host}/demo/copy]`);
    assert.equal(lines.filter((line) => /: (Pushed|Mounted from demo\/app)$/.test(line)).length, APP.diffIds.length);
    assert.match(lines.at(-1) ?? "", /^2: digest: sha256:[0-9a-f]{64} size: \d+$/);
    assert.match((await docker.run(["push", copy])).stdout, /: Layer already exists\n/);
    assert.match((await docker.run(["push", `${registry.host}/demo/none:1`])).stderr, /An image does not exist locally with the tag/);
  });

  await t.test("manifest inspect shows what the registry has", async () => {
    const shown = JSON.parse(await docker.print("manifest", "inspect", "--insecure", name)) as { config: { digest: string } };
    assert.equal(shown.config.digest, APP.id);
  });

  await t.test("a private registry opens after docker login, and shuts after docker logout", async () => {
    const hidden = `${secret.host}/demo/app:1`;
    assert.match((await docker.run(["pull", hidden])).stderr, /no basic auth credentials/);
    assert.match(
      (await docker.run(["login", "-u", "alice", "--password-stdin", secret.host], { stdin: Buffer.from("wrong") })).stderr,
      /failed with status: 401 Unauthorized/,
    );
    assert.match(
      (await docker.run(["login", "-u", "alice", "--password-stdin", secret.host], { stdin: Buffer.from(PASSWORD) })).stdout,
      /Login Succeeded/,
    );
    assert.equal(await docker.print("pull", "-q", hidden), `${hidden}\n`);
    await docker.print("logout", secret.host);
  });
});
