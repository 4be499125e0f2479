import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import Dockerode from "dockerode";

import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { send } from "../workbench/index.ts";
import { openDaemon } from "./daemon.ts";

const HostConfig = { NetworkMode: "none" };

/** What each stream of a multiplexed connection says, to its end. */
async function said(docker: Dockerode, stream: NodeJS.ReadableStream): Promise<readonly [stdout: string, stderr: string]> {
  const sinks = [new PassThrough(), new PassThrough()] as const;
  docker.modem.demuxStream(stream, ...sinks);
  stream.once("end", () => sinks.forEach((sink) => sink.end()));
  const [stdout, stderr] = await Promise.all(sinks.map(async (sink) => Buffer.concat((await sink.toArray()) as Buffer[]).toString()));
  return [stdout ?? "", stderr ?? ""];
}

test("dockerode, and what goes in and out of containers", { skip: cannotRun() }, async (t) => {
  await using daemon = await openDaemon();
  const headers = { "content-type": "application/x-tar" };
  await send(daemon.socket, { method: "POST", path: "/images/create?fromSrc=-&repo=box&tag=1", headers, body: await busyboxTar() });
  const docker = new Dockerode({ socketPath: daemon.socket });

  await t.test("run gives both streams and the exit code", async () => {
    const sinks = [new PassThrough(), new PassThrough()] as const;
    const script = ["sh", "-c", "echo out; echo err >&2; exit 4"];
    const [result] = (await docker.run("box:1", script, [...sinks], { Tty: false, HostConfig })) as [{ StatusCode: number }];
    assert.equal(result.StatusCode, 4);
    assert.deepEqual(
      sinks.map((sink) => String(sink.read())),
      ["out\n", "err\n"],
    );
  });

  await t.test("attach with hijack: an input with an end, and its answer", async () => {
    const Cmd = ["sh", "-c", "cat; echo over >&2"];
    const container = await docker.createContainer({ Image: "box:1", Cmd, OpenStdin: true, StdinOnce: true, HostConfig });
    const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
    const heard = said(docker, stream);
    await container.start();
    stream.write("one\n");
    stream.end("two\n");
    assert.deepEqual(await heard, ["one\ntwo\n", "over\n"]);
  });

  await t.test("exec with hijack, on a terminal and without", async () => {
    const container = await docker.createContainer({ Image: "box:1", Cmd: ["sleep", "1000"], HostConfig });
    await container.start();
    const plain = await container.exec({ Cmd: ["sh", "-c", "cat; exit 5"], AttachStdin: true, AttachStdout: true });
    const stream = await plain.start({ hijack: true, stdin: true });
    const heard = said(docker, stream);
    stream.end("in\n");
    assert.deepEqual(await heard, ["in\n", ""]);
    assert.equal((await plain.inspect()).ExitCode, 5);
    const typed = await container.exec({ Cmd: ["sh", "-c", "test -t 0 && echo typed"], AttachStdout: true, Tty: true });
    const terminal = await typed.start({ Tty: true });
    const chunks = (await terminal.toArray()) as Buffer[];
    assert.equal(Buffer.concat(chunks).toString(), "typed\r\n");
    await container.remove({ force: true });
  });

  await t.test("logs, followed or not", async () => {
    const container = await docker.createContainer({
      Image: "box:1",
      Cmd: ["sh", "-c", "echo a; echo b >&2; read x"],
      OpenStdin: true,
      HostConfig,
    });
    await container.start();
    const following = await container.logs({ follow: true, stdout: true, stderr: true });
    const [first] = (await once(following, "data")) as [Buffer];
    assert.match(first.subarray(8).toString(), /^[ab]\n/);
    await container.stop({ t: 0 });
    const whole = await container.logs({ stdout: true, stderr: true, tail: 10 });
    assert.equal(
      whole
        .toString("latin1")
        .replaceAll(/[\u0000-\u0008]/g, "")
        .split("\n")
        .toSorted()
        .join(""),
      "ab",
    );
  });
});
