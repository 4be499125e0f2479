import assert from "node:assert/strict";
import { test } from "node:test";

import { busyboxTar, cannotRun } from "../../runtime/chains.ts";
import { lines, openDocker, skip } from "./docker.ts";
import { NO_TERMINAL } from "./terminal.ts";

const NONE = ["--network", "none"];

test("docker logs, attach and exec", { skip: skip || cannotRun() }, async (t) => {
  await using docker = await openDocker();
  await docker.run(["import", "-", "box:1"], { stdin: await busyboxTar() });

  await t.test("logs tells both streams, the last lines, times, and what came since", async () => {
    await docker.run(["run", "--name", "said", ...NONE, "box:1", "sh", "-c", "echo one; echo two >&2; busybox usleep 20000; echo three"]);
    assert.deepEqual(await docker.run(["logs", "said"]), { status: 0, stdout: "one\nthree\n", stderr: "two\n" });
    assert.equal(await docker.print("logs", "--tail", "1", "said"), "three\n");
    const [first, last] = lines((await docker.run(["logs", "-t", "said"])).stdout);
    const time = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) three$/.exec(last ?? "")?.[1] ?? "no time";
    assert.match(first ?? "", /^\S+Z one$/);
    assert.equal(await docker.print("logs", "--since", time, "said"), "three\n");
    assert.equal((await docker.run(["logs", "--until", time, "said"])).stdout, "one\nthree\n");
    assert.equal(await docker.print("logs", "--since", "1h", "--until", "30m", "said"), "");
    assert.equal(await docker.print("logs", "-f", "--tail", "1", "said"), "three\n");
  });

  await t.test("logs -f follows to the end", async () => {
    await docker.print(
      "run",
      "-d",
      "--name",
      "counting",
      ...NONE,
      "box:1",
      "sh",
      "-c",
      "for i in 1 2 3; do echo $i; busybox usleep 50000; done",
    );
    const heard: string[] = [];
    for await (const line of docker.follow("logs", "-f", "counting")) heard.push(line);
    assert.deepEqual(heard, ["1", "2", "3"]);
  });

  await t.test("attach hears what comes, and a start may bring an input", async () => {
    const script = "i=0; while ! test -e /tmp/over; do echo $i; i=$((i+1)); busybox usleep 20000; done; exit 6";
    await docker.print("run", "-d", "--name", "talking", ...NONE, "box:1", "sh", "-c", script);
    let heard = 0;
    for await (const line of docker.follow("attach", "--no-stdin", "talking")) {
      assert.match(line, /^\d+$/);
      heard += 1;
      if (heard === 2) await docker.print("exec", "talking", "touch", "/tmp/over");
    }
    assert.ok(heard >= 2);
    assert.equal(await docker.print("wait", "talking"), "6\n");
    const started = ["create", "-i", "--name", "starting", ...NONE, "box:1", "sh", "-c", "cat; exit 6"];
    await docker.print(...started);
    const ran = await docker.run(["start", "-ai", "starting"], { stdin: Buffer.from("x\n") });
    assert.deepEqual(ran, { status: 6, stdout: "x\n", stderr: "" });
    assert.match((await docker.run(["attach", "starting"])).stderr, /[Cc]annot attach to a stopped container/);
  });

  await t.test("exec runs beside it: streams, input, exit codes, environment, detached", async () => {
    await docker.print("run", "-d", "--name", "host", ...NONE, "box:1", "sleep", "1000");
    assert.deepEqual(await docker.run(["exec", "host", "sh", "-c", "echo out; echo err >&2; exit 9"]), {
      status: 9,
      stdout: "out\n",
      stderr: "err\n",
    });
    assert.equal((await docker.run(["exec", "-i", "host", "cat"], { stdin: Buffer.from("said\n") })).stdout, "said\n");
    assert.equal(
      await docker.print("exec", "-e", "A=1", "-w", "/tmp", "-u", "5", "host", "sh", "-c", "echo $A $(pwd) $(id -u)"),
      "1 /tmp 5\n",
    );
    await docker.print("exec", "-d", "host", "sh", "-c", "echo done > /tmp/done.new; mv /tmp/done.new /tmp/done");
    assert.equal(
      await docker.print("exec", "host", "sh", "-c", "while ! test -e /tmp/done; do busybox usleep 5000; done; cat /tmp/done"),
      "done\n",
    );
    for (const [program, status, words] of [
      ["nosuch", 127, /exec: "nosuch": executable file not found in \$PATH/],
      ["/etc", 126, /permission denied/],
    ] as const) {
      const failed = await docker.run(["exec", "host", program]);
      assert.equal(failed.status, status);
      assert.match(`${failed.stdout}${failed.stderr}`, words);
    }
    assert.match(await docker.print("top", "host"), /sleep 1000/);
    await docker.print("rm", "-f", "host");
    assert.match((await docker.run(["exec", "said", "true"])).stderr, /container [0-9a-f]{64} is not running/);
  });

  await t.test("a health check shows", async () => {
    const check = ["--health-cmd", "test -e /tmp", "--health-interval", "20ms"];
    await docker.print("run", "-d", "--name", "well", ...check, ...NONE, "box:1", "sleep", "1000");
    for await (const line of docker.follow("events", "--since", "1m", "--filter", "event=health_status"))
      if (line.includes("healthy")) break;
    assert.match(await docker.print("ps", "--filter", "health=healthy", "--format", "{{.Names}} {{.Status}}"), /^well Up .*\(healthy\)\n$/);
    await docker.print("rm", "-f", "well");
  });

  await t.test("run -it, exec -it and attach, by somebody in front of a terminal", { skip: NO_TERMINAL }, async () => {
    await using running = docker.terminal("run", "-it", "--rm", "--name", "typed", ...NONE, "box:1", "sh");
    await running.shows(/^\/ # ?$/m);
    running.type("busybox stty size; tty; echo $TERM", "Enter");
    await running.shows(/^30 100\n\/dev\/pts\/0\nxterm\n/m);
    running.resize(90, 25);
    running.type("while ! busybox stty size | busybox grep '25 90'; do busybox usleep 5000; done", "Enter");
    await running.shows(/^25 90\n/m);
    running.type("sleep 1000", "Enter");
    await running.shows(/sleep 1000\n/);
    running.type("C-c");
    running.type("echo after $?", "Enter");
    await running.shows(/^after 130\n/m);

    await using further = docker.terminal("exec", "-it", "typed", "sh");
    await further.shows(/^\/ # ?$/m);
    further.type("busybox stty size; tty; exit 3", "Enter");
    await further.shows(/^30 100\n\/dev\/pts\/1\n(?:.*\n)*ended with 3\n/m);

    running.type("C-p");
    running.type("C-q");
    await running.shows(/^.*ended with \d+\n/m);
    assert.equal(await docker.print("ps", "--format", "{{.Names}}"), "typed\n");
    await using again = docker.terminal("attach", "typed");
    again.type("", "Enter");
    await again.shows(/^\/ # ?$/m);
    again.type("exit 4", "Enter");
    await again.shows(/^ended with 4\n/m);
  });
});
