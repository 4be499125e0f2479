import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { buffer } from "node:stream/consumers";
import { GenericContainer, getContainerRuntimeClient, ImageName, Wait } from "testcontainers";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { send } from "../workbench/index.ts";
import { hasRegistry, startRegistry } from "../fixtures/registry.ts";
import { openDaemon } from "./daemon.ts";

/** Its own helper container needs a published port, so it is done without. */
const ENVIRONMENT = { TESTCONTAINERS_RYUK_DISABLED: "true", TESTCONTAINERS_HOST_OVERRIDE: "localhost" };

test("testcontainers builds, finds, pulls and runs images", async (t) => {
  await using daemon = await openDaemon();
  // It looks for its engine once per process, in the environment.
  Object.assign(process.env, ENVIRONMENT, { DOCKER_HOST: `unix://${daemon.socket}` });

  await t.test("fromDockerfile builds a context, with arguments and a target", async () => {
    await writeFile(
      `${daemon.folder}/Dockerfile`,
      "FROM scratch AS first\nARG GREETING\nLABEL greeting=$GREETING\nCOPY Dockerfile /\nFROM first\nLABEL last=yes\n",
    );
    const builder = GenericContainer.fromDockerfile(daemon.folder).withBuildArgs({ GREETING: "hello" }).withTarget("first");
    await builder.build("demo/tested:1", { deleteOnExit: false });
    const client = await getContainerRuntimeClient();
    const { Config } = await client.image.inspect(ImageName.fromString("demo/tested:1"));
    assert.equal(Config.Labels["greeting"], "hello");
    assert.equal(Config.Labels["last"], undefined);
    assert.equal(Config.Labels["org.testcontainers"], "true");
  });

  await t.test("an image is pulled from a registry", { skip: !hasRegistry && "there is no docker-registry" }, async () => {
    await using registry = await startRegistry();
    const client = await getContainerRuntimeClient();
    const name = `${registry.host}/demo/tested`;
    const image = client.container.dockerode.getImage("demo/tested:1");
    await image.tag({ repo: name, tag: "1" });
    const pushed = await client.container.dockerode.getImage(`${name}:1`).push();
    await new Promise((resolve, reject) => {
      client.container.dockerode.modem.followProgress(pushed, (error) => (error === null ? resolve(undefined) : reject(error)));
    });
    await client.container.dockerode.getImage(`${name}:1`).remove();
    await client.image.pull(ImageName.fromString(`${name}:1`));
    assert.equal(await client.image.exists(ImageName.fromString(`${name}:1`)), true);
  });

  await t.test("containers run", { skip: cannotRun() }, async (inner) => {
    const headers = { "content-type": "application/x-tar" };
    const path = "/images/create?fromSrc=-&repo=box&tag=1";
    await send(daemon.socket, { method: "POST", path, headers, body: await busyboxTar() });
    const box = (script: string): GenericContainer =>
      new GenericContainer("box:1").withNetworkMode("none").withCommand(["sh", "-c", script]);

    await inner.test("with files of the test's, until a line in the log; exec, logs, restart and stop follow", async () => {
      const started = await box("cat /etc/given; echo ready; sleep 1000")
        .withCopyContentToContainer([{ content: "given\n", target: "/etc/given" }])
        .withEnvironment({ TOLD: "yes" })
        .withWaitStrategy(Wait.forLogMessage("ready"))
        .start();
      const executed = await started.exec(["sh", "-c", "echo $TOLD; echo err >&2; exit 3"]);
      assert.deepEqual(executed, { output: "yes\nerr\n", stdout: "yes\n", stderr: "err\n", exitCode: 3 });
      await started.copyContentToContainer([{ content: "later", target: "/tmp/later" }]);
      assert.equal((await started.exec(["cat", "/tmp/later"])).stdout, "later");
      const files = await buffer(await started.copyArchiveFromContainer("/etc/given"));
      assert.match(files.toString(), /given\n/);
      await started.restart();
      await started.stop();
      const client = await getContainerRuntimeClient();
      assert.deepEqual(await client.container.list(), []);
    });

    await inner.test("until they are healthy, or a command succeeds", async () => {
      const slow = "sleep 0.2; touch /tmp/up; sleep 1000";
      await using healthy = await box(slow)
        .withHealthCheck({ test: ["CMD-SHELL", "test -e /tmp/up"], interval: 50, timeout: 5000, retries: 100, startPeriod: 0 })
        .withWaitStrategy(Wait.forHealthCheck())
        .start();
      assert.equal((await healthy.exec(["test", "-e", "/tmp/up"])).exitCode, 0);
      await using ready = await box(slow).withWaitStrategy(Wait.forSuccessfulCommand("test -e /tmp/up")).start();
      assert.equal((await ready.exec(["test", "-e", "/tmp/up"])).exitCode, 0);
    });

    await inner.test("but publish no ports yet", async () => {
      const published = new GenericContainer("box:1").withCommand(["sleep", "1000"]).withExposedPorts(80);
      await assert.rejects(published.start(), /publishing ports is not implemented by slipway/);
    });
  });
});
