import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { GenericContainer, getContainerRuntimeClient, ImageName } from "testcontainers";
import { hasRegistry, startRegistry } from "../fixtures/registry.ts";
import { openDaemon } from "./daemon.ts";

/** What testcontainers needs of images; containers are another matter, and so is its own helper container. */
const ENVIRONMENT = { TESTCONTAINERS_RYUK_DISABLED: "true", TESTCONTAINERS_HOST_OVERRIDE: "localhost" };

test("testcontainers builds, finds and pulls images", async (t) => {
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
});
