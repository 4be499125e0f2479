import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readdir, readFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { reference, send, temporaryFolder } from "../workbench/index.ts";
import { startProgram } from "../daemon/run-program.ts";
import type { RunningProgram } from "../daemon/run-program.ts";

const MAIN = fileURLToPath(new URL("../../src/daemon/main.ts", import.meta.url));
const ARCHIVES = fileURLToPath(new URL("../zoo/archives", import.meta.url));

const skopeo = whyNot("skopeo", "--version");
const docker = whyNot("docker", "--version");
const run = promisify(execFile);

/** Stock clients of registries against the daemon on plain TCP, with its token as the password. */
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let daemon: RunningProgram;
let host: string;
let token: string;

before(async () => {
  folder = await temporaryFolder();
  const data = join(folder.path, "data");
  daemon = startProgram(MAIN, [
    "--data-root",
    data,
    "-H",
    `unix://${data}.sock`,
    "-H",
    "tcp://127.0.0.1:0",
    "--insecure-loopback-tcp",
    "--registry-delete",
  ]);
  await daemon.says("daemon: ready");
  host = /tcp:\/\/(127\.0\.0\.1:\d+)/.exec(daemon.stdout + daemon.stderr)?.[1] ?? "";
  token = (await readFile(join(data, "api-token"), "utf8")).trim();
  for (const name of ["skopeo-oci-all", "buildkit-oci-attested", "buildah-oci-zstd"]) {
    await mkdir(join(folder.path, name));
    execFileSync("tar", ["-xf", join(ARCHIVES, `${name}.tar`), "-C", join(folder.path, name)]);
  }
});

after(async () => {
  await daemon[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const SKOPEO = ["--insecure-policy"];

async function blobsIn(layout: string): Promise<string[]> {
  return (await readdir(join(layout, "blobs/sha256"))).toSorted();
}

for (const name of ["skopeo-oci-all", "buildkit-oci-attested", "buildah-oci-zstd"]) {
  test(`skopeo copies ${name} in and out again, byte for byte`, { skip: skopeo }, async () => {
    const layout = join(folder.path, name);
    const target = `docker://${host}/zoo/${name}:1`;
    const push = ["copy", "--all", "--preserve-digests", "--dest-tls-verify=false", "--dest-creds", `anybody:${token}`];
    await run("skopeo", [...SKOPEO, ...push, `oci:${layout}`, target]);
    const pull = ["copy", "--all", "--preserve-digests", "--src-tls-verify=false", "--src-creds", `anybody:${token}`];
    await run("skopeo", [...SKOPEO, ...pull, target, `oci:${layout}-out:1`]);
    assert.deepEqual(await blobsIn(`${layout}-out`), await blobsIn(layout));
  });
}

test("skopeo lists, inspects and deletes what it has copied", { skip: skopeo }, async () => {
  const archive = `docker-archive:${join(ARCHIVES, "skopeo-docker-archive.tar")}`;
  const target = `docker://${host}/zoo/listed`;
  await run("skopeo", [...SKOPEO, "copy", "--dest-tls-verify=false", "--dest-creds", `x:${token}`, archive, `${target}:1`]);
  const asking = ["--tls-verify=false", "--creds", `x:${token}`];
  const tags = JSON.parse((await run("skopeo", [...SKOPEO, "list-tags", ...asking, target])).stdout) as { Tags: string[] };
  assert.deepEqual(tags.Tags, ["1"]);
  const facts = JSON.parse((await run("skopeo", [...SKOPEO, "inspect", ...asking, `${target}:1`])).stdout) as { Architecture: string };
  assert.equal(facts.Architecture, "amd64");
  await run("skopeo", [...SKOPEO, "delete", ...asking, `${target}:1`]);
  await assert.rejects(run("skopeo", [...SKOPEO, "inspect", ...asking, `${target}:1`]), /manifest unknown/);
});

test("skopeo is told that it needs a password, and that it has the wrong one", { skip: skopeo }, async () => {
  const asking = ["inspect", "--tls-verify=false"];
  await assert.rejects(run("skopeo", [...SKOPEO, ...asking, "--no-creds", `docker://${host}/zoo/listed:1`]), /unauthorized/);
  await assert.rejects(run("skopeo", [...SKOPEO, ...asking, "--creds", "x:wrong", `docker://${host}/zoo/listed:1`]), /unauthorized/);
});

for (const store of ["dockerd", "containerd"] as const) {
  const socket = await reference(store);
  const skip = socket === undefined ? `no reference engine (${store})` : docker;
  test(`the stock docker with ${store} logs in, pushes, finds its layers there, and pulls`, { skip }, async () => {
    const env = { ...process.env, DOCKER_CONFIG: join(folder.path, `config-${store}`), DOCKER_HOST: `unix://${socket}` };
    const say = async (...args: string[]): Promise<string> => (await run("docker", args, { env })).stdout;
    const name = `${host}/v2-clients/${store}:1`;
    await say("login", "-u", "anybody", "-p", token, host);
    const { body } = await send(socket ?? "", {
      method: "POST",
      path: `/images/create?fromSrc=-&repo=${encodeURIComponent(`${host}/v2-clients/${store}`)}&tag=1`,
      body: await readFile(join(ARCHIVES, "docker-20.10.tar")),
    });
    assert.match(body.toString(), /sha256:/);
    try {
      const digest = /digest: (sha256:\w+)/.exec(await say("push", name))?.[1];
      assert.match(await say("push", name), /Layer already exists/);
      await say("rmi", name);
      assert.match(await say("pull", name), new RegExp(`Digest: ${digest}\\n`));
    } finally {
      await say("rmi", name);
    }
  });
}

function whyNot(program: string, ...args: string[]): string | false {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return false;
  } catch {
    return `no ${program} here`;
  }
}
