import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { readTar, reference, send, sha256, startSlipway, temporaryFolder } from "../workbench/index.ts";
import type { Slipway } from "../workbench/index.ts";

import { ask, clear, imagesOf, loadInto, save } from "./engine-client.ts";
import { zoo } from "./expected.ts";
import type { ExpectedImage } from "./expected.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let slipway: Slipway;
let second: Slipway;
/** One image of every kind, each saved by Slipway under one name of its own. */
const saved = new Map<string, { readonly path: string; readonly bytes: Buffer; readonly image: ExpectedImage; readonly name: string }>();

const KINDS = [
  "docker-28-graph.tar",
  "docker-28-containerd-multi.tar",
  "docker-28-containerd-sparse.tar",
  "docker-28-containerd-attested.tar",
  "docker-20.10-links.tar",
  "podman-oci-archive.tar",
  "buildah-oci-zstd.tar",
  "umoci-layout.tar",
  "kaniko (built)",
];

before(async () => {
  folder = await temporaryFolder();
  slipway = await startSlipway(join(folder.path, "one"));
  second = await startSlipway(join(folder.path, "two"));
  for (const [number, kind] of KINDS.entries()) {
    const { built, images } = zoo.find(({ file }) => file === kind) ?? assert.fail(`no specimen ${kind}`);
    const image = images[0] ?? assert.fail(`no image in ${kind}`);
    await clear(slipway.socket);
    await loadInto(slipway.socket, built ?? readFileSync(new URL(`archives/${kind}`, import.meta.url)));
    const name = `zoo-saved/kind:${number}`;
    await send(slipway.socket, { method: "POST", path: `/images/${image.id}/tag?repo=zoo-saved/kind&tag=${number}` });
    const bytes = await save(slipway.socket, [name]);
    const path = join(folder.path, `${number}.tar`);
    writeFileSync(path, bytes);
    saved.set(kind, { path, bytes, image, name });
  }
});

after(async () => {
  await slipway[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const skopeo = unlessMissing("skopeo", "--version");
const umoci = unlessMissing("umoci", "--version");
const graph = await reference("dockerd");
const containerd = await reference("containerd");
const podman = await reference("podman");

for (const kind of KINDS) {
  test(`skopeo reads what Slipway saves of ${kind}, as a docker-archive`, { skip: skopeo }, () => {
    const { path, image } = savedOf(kind);
    const config = execFileSync("skopeo", ["inspect", "--config", "--raw", `docker-archive:${path}`]);
    assert.equal(sha256(config), image.id);
    copyWithSkopeo(`docker-archive:${path}`, `${path}.copy`);
  });

  test(`skopeo reads what Slipway saves of ${kind}, as an oci-archive`, { skip: skopeo }, () => {
    const { path, image } = savedOf(kind);
    const config = execFileSync("skopeo", ["inspect", "--config", "--raw", `oci-archive:${path}`]);
    assert.equal(sha256(config), image.id);
    copyWithSkopeo(`oci-archive:${path}`, `${path}.oci`);
  });

  test(`umoci lists what Slipway saves of ${kind}`, { skip: umoci }, () => {
    const { bytes, path } = savedOf(kind);
    const layout = unpacked(bytes, `${path}.layout`);
    assert.equal(execFileSync("umoci", ["ls", "--layout", layout]).toString().trim(), String(KINDS.indexOf(kind)));
  });

  test(`a second Slipway has the same image from what Slipway saves of ${kind}`, async () => {
    const { bytes, image, name } = savedOf(kind);
    await clear(second.socket);
    assert.deepEqual(await loadInto(second.socket, bytes), [name]);
    // An archive names nothing that it lacks, so absent platforms stay behind.
    assert.deepEqual(await imagesOf(second.socket), [{ ...image, absent: [], names: [name] }]);
    assert.equal(sha256(await save(second.socket, [name])), sha256(bytes), "saved again, it is the same archive");
  });

  test(
    `dockerd's graph store has the same ID from what Slipway saves of ${kind}`,
    { skip: graph === undefined && "no dockerd runs here" },
    async () => {
      await withLoaded(graph, kind, async (socket, name, image) => {
        assert.equal((await ask<{ Id: string }>(socket, `/images/${name}/json`)).Id, image.id);
      });
    },
  );

  test(
    `dockerd's containerd store unpacks what Slipway saves of ${kind}`,
    { skip: containerd === undefined && "no dockerd runs here" },
    async () => {
      await withLoaded(containerd, kind, async (socket, name, image) => {
        const { RootFS } = await ask<{ RootFS: { Layers: string[] } }>(socket, `/images/${name}/json`);
        assert.deepEqual(RootFS.Layers, image.layers);
      });
    },
  );

  test(
    `podman has the same layers from what Slipway saves of ${kind}`,
    { skip: podman === undefined && "no podman runs here" },
    async () => {
      await withLoaded(podman, kind, async (socket, name, image) => {
        const { Id, RootFS } = await ask<{ Id: string; RootFS: { Layers: string[] } }>(socket, `/images/${name}/json`);
        assert.equal(Id.replace("sha256:", ""), image.id.replace("sha256:", ""));
        assert.deepEqual(RootFS.Layers, image.layers);
      });
    },
  );
}

for (const kind of ["docker-28-graph.tar", "umoci-layout.tar"]) {
  test(`umoci unpacks what Slipway saves of ${kind}`, { skip: umoci }, () => {
    const { bytes, path } = savedOf(kind);
    const layout = unpacked(bytes, `${path}.unpack`);
    execFileSync("umoci", ["unpack", "--rootless", "--image", `${layout}:${KINDS.indexOf(kind)}`, `${path}.bundle`], { stdio: "pipe" });
  });
}

/** The engine is everybody's: what is brought there under our names is taken away again. */
async function withLoaded(
  socket: string | undefined,
  kind: string,
  check: (socket: string, name: string, image: ExpectedImage) => Promise<void>,
): Promise<void> {
  assert.ok(socket !== undefined);
  const { bytes, name, image } = savedOf(kind);
  const [loaded = ""] = await loadInto(socket, bytes);
  try {
    assert.ok([name, `docker.io/${name}`].includes(loaded), loaded);
    await check(socket, name, image);
  } finally {
    await send(socket, { method: "DELETE", path: `/images/${name}` });
  }
}

function savedOf(kind: string): NonNullable<ReturnType<typeof saved.get>> {
  return saved.get(kind) ?? assert.fail(`${kind} was not saved`);
}

function copyWithSkopeo(source: string, target: string): void {
  execFileSync("skopeo", ["copy", "--quiet", "--insecure-policy", source, `dir:${target}`], { stdio: "pipe" });
}

function unpacked(bytes: Buffer, folderPath: string): string {
  for (const [name, data] of readTar(bytes).data) {
    const path = join(folderPath, name);
    mkdirSync(name.endsWith("/") ? path : join(path, ".."), { recursive: true });
    if (!name.endsWith("/")) writeFileSync(path, data);
  }
  return folderPath;
}

function unlessMissing(tool: string, argument: string): string | false {
  return spawnSync(tool, [argument]).status === 0 ? false : `${tool} is not installed here`;
}
