import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openEngine } from "#engine";
import type { Engine } from "#engine";

import { cannotRun } from "../runtime/chains.ts";
import { reference, send, temporaryFolder } from "../workbench/index.ts";
import { loadInto } from "../zoo/engine-client.ts";

import { bases, BUSYBOX_BASE } from "./bases.ts";
import { buildArchive, importBases } from "./build-case.ts";

/** What a container of the image says when it runs these words in a shell, as the image's own user in its own directory. */
const SAYS: readonly (readonly [name: string, words: string, says: string])[] = [
  [
    "node-multi-stage",
    "id -un; pwd; cat out/server; echo packages/* $NODE_ENV",
    "node\n/app\nbuilt: serve();\npackages/left-thing packages/right-thing production\n",
  ],
  ["whiteouts", "ls -d /data 2>/dev/null; echo gone", "gone\n"],
  [
    "removed-base-files",
    "cat /opt; echo /usr/share/* /home/* /srv*; readlink /var/log",
    "file\n/usr/share/again /home/moved /srv*\n/tmp\n",
  ],
  ["setuid", "stat -c '%a %u %g' /opt/*", "2711 1000 1000\n2711 0 50\n755 1000 0\n"],
  [
    "unicode-and-spaces",
    'pwd; echo "/target folder"/* /ünï/*; cat /ünï/link',
    "/a b/ünï\n/target folder/plain file /ünï/link /ünï/new dir /ünï/文件.txt\n1\n",
  ],
  [
    "odd-context",
    "stat -c '%h %a' /odd/hard-1 /odd/setuid; stat -c %a /odd/sticky; cat /odd/sticky/hard-3",
    "3 640\n1 4755\n1777\nodd/hard-1",
  ],
  [
    "python-venv",
    "id -u; readlink /opt/venv/bin/python; echo /opt/venv/lib64/* *",
    "999\n/usr/local/bin/python\n/opt/venv/lib64/flask /opt/venv/lib64/gunicorn app media static templates\n",
  ],
];

const ENGINES = [
  ["dockerd's graph store", await reference("dockerd")],
  ["dockerd's containerd store", await reference("containerd")],
  ["podman", await reference("podman")],
] as const;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let engine: Engine;
const archives = new Map<string, Promise<Buffer>>();

before(async () => {
  folder = await temporaryFolder();
  engine = await openEngine({ dataRoot: folder.path });
  await importBases(engine, await bases());
});
after(async () => {
  await engine.close();
  await folder[Symbol.asyncDispose]();
});

// All of them before the first suite: what is defined after a wait may come when the suites before it are over.
const UNFIT = await Promise.all(ENGINES.map(([, socket]) => whyUnfit(socket)));

for (const [number, [title, socket]] of ENGINES.entries()) {
  describe(`${title} runs what was built`, { skip: cannotRun() || UNFIT[number] }, () => {
    for (const [name, words, says] of SAYS) {
      test(name, async () => {
        assert.ok(socket !== undefined);
        const archive = archives.get(name) ?? buildArchive(engine, name);
        archives.set(name, archive);
        const [image = ""] = await loadInto(socket, await archive);
        try {
          assert.equal(await said(socket, image, words), says);
        } finally {
          await ask(socket, "DELETE", `/images/${image}?force=1`);
        }
      });
    }
  });
}

/** An engine whose own runtime does not work here says nothing about images: it cannot run their base either. */
async function whyUnfit(socket: string | undefined): Promise<string | false> {
  if (socket === undefined) return "that engine does not run here";
  const image = "suite/probe:1";
  const headers = { "content-type": "application/x-tar" };
  const body = (await bases()).get(BUSYBOX_BASE);
  if (body === undefined) return "busybox-static is not installed";
  await send(socket, { method: "POST", path: "/images/create?fromSrc=-&repo=suite/probe&tag=1", headers, body });
  try {
    return (await said(socket, image, "echo works")) === "works\n" ? false : "that engine runs nothing here";
  } catch (error) {
    return `that engine runs nothing here: ${String(error).slice(0, 200)}`;
  } finally {
    await ask(socket, "DELETE", `/images/${image}?force=1`);
  }
}

/** What a container without a network writes, on either stream. */
async function said(socket: string, image: string, words: string): Promise<string> {
  const asked = { Image: image, Entrypoint: ["/bin/sh", "-c"], Cmd: [words], Tty: true, HostConfig: { NetworkMode: "none" } };
  const { Id: id } = JSON.parse(await ask(socket, "POST", "/containers/create", asked)) as { Id: string };
  try {
    await ask(socket, "POST", `/containers/${id}/start`);
    await ask(socket, "POST", `/containers/${id}/wait`);
    return (await ask(socket, "GET", `/containers/${id}/logs?stdout=1&stderr=1`)).replaceAll("\r\n", "\n");
  } finally {
    await ask(socket, "DELETE", `/containers/${id}?force=1&v=1`);
  }
}

async function ask(socket: string, method: string, path: string, json?: object): Promise<string> {
  const body = Buffer.from(json === undefined ? "" : JSON.stringify(json));
  const { status, body: answer } = await send(socket, { method, path, headers: { "content-type": "application/json" }, body });
  assert.ok(status < 300, `${method} ${path}: ${status} ${answer.toString()}`);
  return answer.toString();
}
