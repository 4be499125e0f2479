import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { cannotRun } from "../runtime/chains.ts";
import { serveContainers } from "./served-containers.ts";
import type { Json, ServedContainers } from "./served-containers.ts";
import type { Talk } from "./talk.ts";

const OUTPUTS = { AttachStdout: true, AttachStderr: true };
const ENGINE = "Api-Version: 1.55\r\nDocker-Experimental: false\r\nOstype: linux\r\nServer: Docker/1.2.3 (linux)";
const TYPES = { raw: "application/vnd.docker.raw-stream", multiplexed: "application/vnd.docker.multiplexed-stream" };

describe("commands in a container", { skip: cannotRun() }, () => {
  let api: ServedContainers;
  let id: string;
  before(async () => {
    api = await serveContainers();
    id = await api.run("sleep 10000", { Env: ["OWN=1"], WorkingDir: "/etc" });
  });
  after(() => api[Symbol.asyncDispose]());

  async function create(Cmd: readonly string[], more: Json = OUTPUTS, container = id): Promise<string> {
    return String((await api.call(`POST /containers/${container}/exec`, { body: { Cmd, ...more } }))["Id"]);
  }

  async function start(exec: string, body: Json = {}, version = "1.51"): Promise<Talk> {
    return api.talk(`POST /v${version}/exec/${exec}/start`, { body });
  }

  async function inspect(exec: string): Promise<Json> {
    return api.call(`GET /exec/${exec}/json`);
  }

  test("say what they say, and their exit code is known when they have said it", async () => {
    const exec = await create(["sh", "-c", "echo out; echo err >&2; exit 7"]);
    assert.deepEqual((await api.call(`GET /containers/${id}/json`))["ExecIDs"], [exec]);
    const before = await inspect(exec);
    assert.deepEqual([before["Running"], before["ExitCode"], before["Pid"]], [false, null, 0]);
    const talk = await start(exec);
    assert.equal(
      talk.head,
      `HTTP/1.1 101 UPGRADED\r\nContent-Type: ${TYPES.multiplexed}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n${ENGINE}`,
    );
    assert.deepEqual(await talk.streams(), { stdout: "out\n", stderr: "err\n" });
    const { Pid, ...after } = await inspect(exec);
    assert.ok(Number(Pid) > 0);
    assert.deepEqual(after, {
      ID: exec,
      Running: false,
      ExitCode: 7,
      ProcessConfig: { tty: false, entrypoint: "sh", arguments: ["-c", "echo out; echo err >&2; exit 7"], privileged: false },
      OpenStdin: false,
      OpenStderr: true,
      OpenStdout: true,
      CanRemove: false,
      ContainerID: id,
      DetachKeys: "",
    });
    assert.equal((await api.call(`GET /containers/${id}/json`))["ExecIDs"], null);
  });

  test("without an upgrade the answer is 200, and before 1.42 the type is the raw one", async () => {
    const plain = await api.talk(`POST /exec/${await create(["echo", "hi"])}/start`, { body: {}, isUpgrade: false });
    assert.equal(plain.head, `HTTP/1.1 200 OK\r\nContent-Type: ${TYPES.raw}\r\n${ENGINE}`);
    assert.deepEqual(await plain.streams(), { stdout: "hi\n" });
    const old = await start(await create(["echo", "hi"]), {}, "1.41");
    assert.match(old.head, /Content-Type: application\/vnd\.docker\.raw-stream/);
    assert.deepEqual(await old.streams(), { stdout: "hi\n" });
  });

  test("take an input to its end, and only what was asked for is told", async () => {
    const exec = await create(["sh", "-c", "cat; echo lost >&2"], { AttachStdin: true, AttachStdout: true });
    const talk = await start(exec);
    talk.send("one\n");
    await talk.says("one");
    talk.send("two\n");
    talk.end();
    assert.deepEqual(await talk.streams(), { stdout: "one\ntwo\n" });
  });

  test("run with the container's surroundings and those asked for", async () => {
    const look = ["sh", "-c", 'echo "$OWN $MORE $(id -u) $(pwd) $HOME"'];
    const cases = [
      [{}, "1  0 /etc /root\n"],
      [{ Env: ["OWN=2", "MORE=3"], User: "user", WorkingDir: "/tmp" }, "2 3 1000 /tmp /tmp\n"],
    ] as const;
    for (const [more, said] of cases) {
      const talk = await start(await create(look, { ...OUTPUTS, ...more }));
      assert.deepEqual(await talk.streams(), { stdout: said });
    }
  });

  test("privileged ones may do everything, others what the container may", async () => {
    const look = ["sh", "-c", "busybox grep CapEff /proc/self/status | busybox cut -f2"];
    const capabilities = async (more: Json): Promise<bigint> => {
      const { stdout = "" } = await (await start(await create(look, { ...OUTPUTS, ...more }))).streams();
      return BigInt(`0x${stdout.trim()}`);
    };
    assert.equal(await capabilities({}), 0xa80425fbn);
    const SYS_ADMIN = 1n << 21n;
    assert.equal((await capabilities({ Privileged: true })) & SYS_ADMIN, SYS_ADMIN);
  });

  test("that cannot be started say why where their output would be, and have a shell's exit codes", async () => {
    const cases = [
      [["nope"], {}, 'exec: "nope": executable file not found in $PATH', 127],
      [["/etc"], {}, 'exec: "/etc": permission denied', 126],
      [["true"], { WorkingDir: "/nope" }, 'chdir to cwd ("/nope") set in config.json failed: no such file or directory', 127],
    ] as const;
    for (const [command, more, reason, exitCode] of cases) {
      const message = `OCI runtime exec failed: exec failed: unable to start container process: ${reason}`;
      const attached = await create(command, { ...OUTPUTS, ...more });
      assert.equal(withoutHint((await (await start(attached)).streams())["stdout"]), `${message}\r\n`);
      assert.equal((await inspect(attached))["ExitCode"], exitCode);
      const detached = await create(command, { ...OUTPUTS, ...more });
      const headers = { "Content-Type": "application/json" };
      const reply = await api.ask(`POST /exec/${detached}/start`, { body: '{"Detach":true}', headers });
      assert.deepEqual([reply.status, withoutHint(reply.text)], [400, `${JSON.stringify({ message })}\n`]);
      assert.equal((await inspect(detached))["ExitCode"], exitCode);
    }
  });

  test("run once", async () => {
    const exec = await create(["true"]);
    await (await start(exec)).rest();
    const message = `exec command ${exec} has already run`;
    assert.deepEqual(await (await start(exec)).streams(), { stdout: `${message}\r\n` });
    assert.equal(await (await start(exec, { Tty: true })).rest(), `${message}\r\n`);
    await assert.rejects(api.call(`POST /exec/${exec}/start`, { body: { Detach: true } }), new RegExp(`409 .*${message}`));
  });

  test("that nobody talks to run on by themselves, and are told of in events", async () => {
    const since = Date.now() / 1000;
    const exec = await create(["sh", "-c", "exit 3"]);
    assert.deepEqual(await api.call(`POST /exec/${exec}/start`, { body: { Detach: true } }), {});
    const filters = encodeURIComponent(JSON.stringify({ container: [id], event: ["exec_create", "exec_start", "exec_die"] }));
    const stream = await api.open(`GET /events?since=${since}&filters=${filters}`);
    const seen: (readonly [string, string | undefined, string | undefined])[] = [];
    for await (const chunk of stream) {
      for (const line of String(chunk).trim().split("\n")) {
        const { Action, Actor } = JSON.parse(line) as { Action: string; Actor: { Attributes: Record<string, string> } };
        seen.push([Action, Actor.Attributes["execID"], Actor.Attributes["exitCode"]]);
      }
      if (seen.length >= 3) break;
    }
    assert.deepEqual(seen, [
      ["exec_create: sh -c exit 3", exec, undefined],
      ["exec_start: sh -c exit 3", exec, undefined],
      ["exec_die", exec, "3"],
    ]);
    assert.equal((await inspect(exec))["ExitCode"], 3);
  });

  test("on a terminal are one stream of its size, and resize", async () => {
    const Tty = true;
    const exec = await create(["sh", "-c", "busybox stty size; read line; busybox stty size; echo $line >&2"], {
      ...OUTPUTS,
      AttachStdin: true,
      Tty,
      ConsoleSize: [30, 100],
    });
    const talk = await start(exec, { Tty, ConsoleSize: [31, 99] });
    assert.match(talk.head, new RegExp(`Content-Type: ${TYPES.raw}`));
    await talk.says("31 99\r\n");
    await api.call(`POST /exec/${exec}/resize?h=40&w=120`);
    talk.send("typed\n");
    assert.equal(await talk.rest(), "31 99\r\ntyped\r\n40 120\r\ntyped\r\n");
    assert.equal((await inspect(exec))["ExitCode"], 0);
  });

  test("on a terminal can be left by keys, and go on", async () => {
    const exec = await create(["cat"], { ...OUTPUTS, AttachStdin: true, Tty: true, DetachKeys: "ctrl-x,q" });
    assert.equal((await inspect(exec))["DetachKeys"], Buffer.from("\u0018q").toString("base64"));
    const talk = await start(exec, { Tty: true });
    talk.send("hello\n");
    await talk.says("hello\r\nhello\r\n");
    talk.send("\u0018");
    talk.send("q");
    assert.equal(await talk.rest(), "hello\r\nhello\r\nexec attach failed: error on attach stdin: read escape sequence\r\n");
    assert.equal((await inspect(exec))["Running"], true);
  });

  test("end with their container, and those not started are forgotten", async () => {
    const container = await api.run("sleep 10000");
    const [running, waiting] = [
      await create(["sh", "-c", "echo on; sleep 1000"], OUTPUTS, container),
      await create(["true"], OUTPUTS, container),
    ];
    const talk = await start(running);
    await talk.says("on\n");
    await api.call(`POST /containers/${container}/kill`);
    assert.deepEqual(await talk.streams(), { stdout: "on\n" });
    assert.equal((await inspect(running))["ExitCode"], 137);
    await api.call(`POST /containers/${container}/wait`);
    await assert.rejects(inspect(waiting), /404 .*No such exec instance/);
    await api.call(`DELETE /containers/${container}`);
    await assert.rejects(inspect(running), /404 .*No such exec instance/);
  });

  test("refusals are Docker's", async () => {
    const stopped = await api.create("true");
    const message = (text: string): string => `${JSON.stringify({ message: text })}\n`;
    const cases = [
      [`POST /containers/nope/exec`, { Cmd: ["a"] }, 404, "No such container: nope"],
      [`POST /containers/nope/exec`, {}, 400, "No exec command specified"],
      [`POST /containers/${id}/exec`, { Cmd: ["a"], DetachKeys: "zz" }, 500, "Invalid escape keys (zz) provided"],
      [
        `POST /containers/${id}/exec`,
        { Cmd: "x" },
        400,
        "invalid JSON: json: cannot unmarshal string into Go struct field ExecOptions.Cmd of type []string",
      ],
      [`POST /containers/${stopped}/exec`, { Cmd: ["a"] }, 409, `container ${stopped} is not running`],
      ["POST /exec/nope/start", {}, 404, "No such exec instance: nope"],
      [
        "POST /exec/nope/start",
        { Detach: "q" },
        400,
        "invalid JSON: json: cannot unmarshal string into Go struct field ExecStartOptions.Detach of type bool",
      ],
      ["GET /exec/nope/json", undefined, 404, "No such exec instance: nope"],
      ["POST /exec/nope/resize?h=1&w=1", undefined, 404, "No such exec instance: nope"],
      ["POST /exec/nope/resize?h=1", undefined, 400, 'invalid resize width "": invalid syntax'],
      [`POST /containers/${id}/resize?h=-1&w=1`, undefined, 400, 'invalid resize height "-1": value out of range'],
      [`POST /containers/${stopped}/resize?h=1&w=1`, undefined, 409, `container ${stopped} is not running`],
    ] as const;
    for (const [request, body, status, text] of cases) {
      const headers = { "Content-Type": "application/json" };
      const reply = await api.ask(request, body === undefined ? {} : { body: JSON.stringify(body), headers });
      assert.deepEqual([reply.status, reply.text], [status, message(text)], request);
    }
  });
});

/** Newer versions of runc say more. */
function withoutHint(text = ""): string {
  return text.replace("is a directory: ", "");
}
