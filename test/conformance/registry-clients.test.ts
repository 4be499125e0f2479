import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DockerClient } from "@docker/node-sdk";
import Dockerode from "dockerode";

import { hasRegistry, PASSWORD, startRegistry } from "../fixtures/registry.ts";
import type { RunningRegistry } from "../fixtures/registry.ts";
import { jsonLines, send } from "../workbench/index.ts";
import { openDaemon } from "./daemon.ts";
import type { TestDaemon } from "./daemon.ts";
import { APP, ARCHIVE } from "./images.ts";

interface Message {
  readonly id?: string;
  readonly status?: string;
  readonly error?: string;
  readonly aux?: { readonly Digest: string };
}

const execute = promisify(execFile);
const PYTHON = "/usr/bin/python3";
const CONVERSATION = fileURLToPath(new URL("docker-py/registry_conversation.py", import.meta.url));
const hasModule = spawnSync(PYTHON, ["-c", "import docker"]).status === 0;

describe("clients that pull and push through the daemon", { skip: hasRegistry ? false : "docker-registry is not installed" }, () => {
  let plain: RunningRegistry;
  let secret: RunningRegistry;
  let daemon: TestDaemon;

  before(async () => {
    [plain, secret, daemon] = await Promise.all([startRegistry(), startRegistry({ users: ["alice"] }), openDaemon()]);
  });
  after(async () => {
    await Promise.all([plain, secret, daemon].map((each) => each[Symbol.asyncDispose]()));
  });

  async function holdImages(): Promise<void> {
    const call = { method: "POST", path: "/images/load", headers: { "content-type": "application/x-tar" }, body: ARCHIVE };
    assert.equal((await send(daemon.socket, call)).status, 200);
  }

  test("docker-py", { skip: hasModule ? false : `${PYTHON} has no module docker` }, async (t) => {
    await holdImages();
    const options = { timeout: 60_000, env: { PATH: "/usr/bin:/bin", HOME: daemon.folder } };
    const { stdout } = await execute(PYTHON, ["-B", CONVERSATION, daemon.socket, plain.host, secret.host, PASSWORD], options);
    const steps = jsonLines(Buffer.from(stdout)) as { name: string; fault: string | null }[];
    assert.ok(steps.length > 7, stdout);
    for (const { name, fault } of steps) await t.test(name, () => assert.ok(fault === null, String(fault)));
  });

  test("dockerode", async () => {
    await holdImages();
    const docker = new Dockerode({ socketPath: daemon.socket });
    const authconfig = { username: "alice", password: PASSWORD, serveraddress: secret.host };
    const name = `${secret.host}/js/app:1`;
    await docker.getImage("demo/app:1").tag({ repo: `${secret.host}/js/app`, tag: "1" });
    const denied = await follow(docker, await docker.getImage(name).push({ tag: "1" }));
    assert.match(denied.messages.at(-1)?.error ?? "", /^no basic auth credentials\n.* answered with 401; credentials: none; /);
    const pushed = await follow(docker, await docker.getImage(name).push({ tag: "1", authconfig }));
    assert.equal(pushed.failure, undefined);
    const digest = pushed.messages.find(({ aux }) => aux !== undefined)?.aux?.Digest;
    await docker.getImage(name).remove();
    await docker.getImage("demo/app:1").remove();
    await assert.rejects(docker.pull(name), /no basic auth credentials/);
    const { messages, failure } = await follow(docker, await docker.pull(name, { authconfig }));
    assert.equal(failure, undefined);
    const last = messages.slice(-2).map(({ status }) => status);
    assert.deepEqual(last, [`Digest: ${digest}`, `Status: Downloaded newer image for ${name}`]);
    assert.equal((await docker.getImage(name).inspect()).Id, APP.id);
    const looked = (await docker.getImage(name).distribution({ authconfig })) as { Descriptor: { digest: string } };
    assert.equal(looked.Descriptor.digest, digest);
    await assert.rejects(docker.checkAuth({ ...authconfig, password: "wrong" }), /401 Unauthorized/);
    assert.equal(((await docker.checkAuth(authconfig)) as { Status: string }).Status, "Login Succeeded");
  });

  test("@docker/node-sdk", async () => {
    await holdImages();
    const docker = await DockerClient.fromDockerHost(`unix:${daemon.socket}`);
    try {
      const name = `${plain.host}/sdk/app`;
      await docker.imageTag("demo/app:1", name, "1");
      await send(daemon.socket, { method: "POST", path: `/images/${name}/push?tag=1`, headers: { "x-registry-auth": "e30=" } });
      await docker.imageDelete(`${name}:1`);
      const said: Message[] = [];
      for await (const message of docker.imageCreate({ fromImage: name, tag: "1" }).messages()) said.push(message as Message);
      assert.equal(said.at(-1)?.status ?? JSON.stringify(said), `Status: Downloaded newer image for ${name}:1`);
      assert.equal((await docker.imageInspect(`${name}:1`)).Id, APP.id);
    } finally {
      await docker.close();
    }
  });

  test(
    "skopeo finds what was pushed as it was pulled",
    { skip: existsSync("/usr/bin/skopeo") ? false : "skopeo is not installed" },
    async () => {
      await holdImages();
      const docker = new Dockerode({ socketPath: daemon.socket });
      for (const repo of ["sk/one", "sk/two"]) {
        await docker.getImage("demo/app:1").tag({ repo: `${plain.host}/${repo}`, tag: "1" });
        assert.equal((await follow(docker, await docker.getImage(`${plain.host}/${repo}`).push({ tag: "1" }))).failure, undefined);
      }
      const digests = ["sk/one:1", "sk/two:1"].map(async (name) => {
        const { stdout } = await execute("skopeo", [
          "inspect",
          "--tls-verify=false",
          "--format",
          "{{.Digest}}",
          `docker://${plain.host}/${name}`,
        ]);
        return stdout;
      });
      const [one, two] = await Promise.all(digests);
      assert.equal(one, two);
    },
  );
});

/** Drains a stream with dockerode's own reader. */
function follow(docker: Dockerode, stream: NodeJS.ReadableStream): Promise<{ messages: Message[]; failure: Error | undefined }> {
  const { promise, resolve } = Promise.withResolvers<{ messages: Message[]; failure: Error | undefined }>();
  const messages: Message[] = [];
  (
    docker.modem as { followProgress(stream: unknown, done: (failure: Error | null) => void, each: (message: Message) => void): void }
  ).followProgress(
    stream,
    (failure) => resolve({ messages, failure: failure ?? undefined }),
    (message) => messages.push(message),
  );
  return promise;
}
