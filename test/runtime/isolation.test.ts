import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { isEngineError } from "#errors";
import type { SnapshotLayer } from "#snapshots";
import { busyboxTar, cannotRun, chainOf, hasProgram, tarOf } from "./chains.ts";
import { Machine, namesOf } from "./machine.ts";

const DEFAULT_CAPABILITIES = "00000000a80425fb";

describe("what a process finds", { skip: cannotRun() }, () => {
  let machine: Machine;
  let chain: SnapshotLayer[];
  let folder: string;

  before(async () => {
    machine = await Machine.open();
    folder = mkdtempSync(join(tmpdir(), "slipway-mounted-"));
    const tables = { passwd: "root:x:0:0::/root:/bin/sh\nbob:x:1000:1001::/home/bob:/bin/sh\n", group: "wheel:x:10:bob\n" };
    chain = chainOf(await busyboxTar(tables));
  });
  after(async () => {
    await machine[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  test("Docker's capabilities, its filter of system calls, and nothing that takes back privileges", async () => {
    const { stdout } = await machine.run("cat /proc/self/status", { chain });
    const facts = new Map(stdout.split("\n").map((line) => [line.split(":")[0], line.split(":")[1]?.trim()]));
    for (const set of ["CapPrm", "CapEff", "CapBnd"]) assert.equal(facts.get(set), DEFAULT_CAPABILITIES, set);
    assert.deepEqual([facts.get("CapInh"), facts.get("NoNewPrivs"), facts.get("Seccomp")], ["0000000000000000", "0", "2"]);
  });

  test("a user without capabilities, with the groups and the home that the image's tables say", async () => {
    const { stdout } = await machine.run("id; echo $HOME; cat /proc/self/status", { chain, user: "bob" });
    assert.match(stdout, /^uid=1000(\(bob\))? gid=1001 groups=10(\(wheel\))?,1001\n\/home\/bob\n/);
    assert.match(stdout, /CapEff:\s*0000000000000000/);
    assert.match(stdout, new RegExp(`CapBnd:\\s*${DEFAULT_CAPABILITIES}`));
  });

  test("system calls that Docker forbids are forbidden, unless everything is allowed", async () => {
    const command = "busybox mount -t tmpfs none /tmp && echo mounted || echo refused";
    assert.equal((await machine.run(command, { chain })).stdout, "refused\n");
    assert.equal((await machine.run(command, { chain, isInsecure: true })).stdout, "mounted\n");
  });

  test("no namespace of its own, where it would have all capabilities again", async () => {
    const command = "busybox unshare -U true 2>/dev/null && echo made || echo refused";
    assert.equal((await machine.run(command, { chain, user: "bob" })).stdout, "refused\n");
  });

  test("files that everyone may read, whatever the engine keeps to itself", async () => {
    const mask = process.umask(0o077);
    const { stdout } = await machine.run("umask; busybox stat -c %a / /etc/hosts /etc/resolv.conf /proc/.. /in/new", {
      chain,
      mounts: [{ type: "tmpfs", target: "/in/new" }],
    });
    process.umask(mask);
    assert.equal(stdout, "0022\n755\n644\n644\n755\n1777\n");
  });

  test("kernel files are masked or read-only", async () => {
    const command =
      "cat /proc/keys | busybox wc -c; echo 1 > /proc/sys/kernel/domainname || echo no; touch /sys/x || echo no; ls /sys/firmware";
    assert.equal((await machine.run(command, { chain })).stdout, "0\nno\nno\n");
  });

  test("its variables, its folder, its name", async () => {
    const { stdout } = await machine.run(["env"], { chain, env: ["A=b c", "EMPTY="] });
    assert.deepEqual(stdout.trim().split("\n").toSorted(), [
      "A=b c",
      "EMPTY=",
      "HOME=/root",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ]);
    assert.match((await machine.run(["env"], { chain, env: ["PATH=/bin"] })).stdout, /^PATH=\/bin$/m);
    const placed = await machine.run("pwd; hostname; cat /etc/hosts", {
      chain,
      cwd: "/new/folder",
      hostname: "builder",
      extraHosts: [{ host: "db", ip: "10.1.2.3" }],
    });
    const hosts = "127.0.0.1\tlocalhost builder\n::1\tlocalhost ip6-localhost ip6-loopback\n10.1.2.3\tdb\n";
    assert.equal(placed.stdout, `/new/folder\nbuilder\n${hosts}`);
    assert.deepEqual(await namesOf(placed.layer), ["new/", "new/folder/"]);
  });

  test("what is mounted into it, and none of it in the layer", async () => {
    writeFileSync(join(folder, "file"), "from outside\n");
    const { stdout, layer } = await machine.run(
      "cat /in/deep/file /run/secrets/s; touch /in/deep/x 2>/dev/null || echo read-only; touch /in/out/made; busybox df -k /in/t | busybox tail -1; touch /in/t/x",
      {
        chain,
        mounts: [
          { type: "tmpfs", target: "/in/t", size: 1024 * 1024 },
          { type: "bind", source: folder, target: "/in/deep", isReadonly: true, isFile: false },
          { type: "bind", source: folder, target: "/in/out", isReadonly: false, isFile: false },
          { type: "bind", source: join(folder, "file"), target: "/run/secrets/s", isReadonly: true, isFile: true },
        ],
      },
    );
    assert.match(stdout, /^from outside\nfrom outside\nread-only\ntmpfs +1024 /);
    assert.deepEqual(await namesOf(layer), []);
  });

  test("no mount below a file", async () => {
    const mounts = [{ type: "tmpfs" as const, target: "/etc/passwd/x" }];
    await assert.rejects(machine.run("true", { chain, mounts }), /cannot mount below "\/etc\/passwd": not a directory/);
  });

  test("a mount inside another is seen, in whatever order they were given", async () => {
    const { stdout } = await machine.run("ls /m/inner", {
      chain,
      mounts: [
        { type: "bind", source: folder, target: "/m/inner", isReadonly: true, isFile: false },
        { type: "tmpfs", target: "/m" },
      ],
    });
    assert.match(stdout, /file/);
  });

  test("no network but a loopback of its own, or the machine's", async () => {
    const own = await machine.run("busybox readlink /proc/self/ns/net; ls /sys/class/net", { chain, network: "none" });
    const [namespace, ...interfaces] = own.stdout.trim().split("\n");
    assert.notEqual(namespace, readlinkSync("/proc/self/ns/net"));
    assert.deepEqual(interfaces, ["lo"]);
    const host = await machine.run("busybox readlink /proc/self/ns/net", { chain, network: "host" });
    assert.equal(host.stdout.trim(), readlinkSync("/proc/self/ns/net"));
  });

  const skip = ["slirp4netns", "ip", "unshare"].every(hasProgram) ? false : "slirp4netns, iproute2 or util-linux is not installed";
  test("a way out by default, but none to the machine's own loopback", { skip }, () => {
    const program = join(import.meta.dirname, "outbound-run.ts");
    const outside = "198.51.100.1";
    const inItsOwn = `ip link set lo up && ip address add ${outside}/32 dev lo && exec "$0" --conditions=source ${program} ${outside}`;
    const said = execFileSync("unshare", ["--net", "sh", "-c", inItsOwn, process.execPath], { encoding: "utf8" });
    assert.equal(said, "outside\nno 10.0.2.2\nno 127.0.0.1\n");
  });

  test("the name server of that network", { skip }, async () => {
    const { stdout } = await machine.run("cat /etc/resolv.conf; ls /sys/class/net", { chain, network: "default" });
    assert.match(stdout, /^nameserver 10\.0\.2\.3\n(?!.*nameserver).*eth0\nlo\n$/s);
  });

  test("its limits", async () => {
    const { stdout } = await machine.run("cat /proc/self/cgroup; ulimit -n; busybox df -k /dev/shm | busybox tail -1", {
      chain,
      ulimits: [{ name: "nofile", soft: 64, hard: 128 }],
      shmSize: 2 * 1024 * 1024,
    });
    assert.match(stdout, /slipway-/);
    assert.match(stdout, /^64$/m);
    assert.match(stdout, /^shm +2048 /m);
  });

  test("a limit that is none, and none that the engine itself may not give", async () => {
    const free = await machine.run("ulimit -c; ulimit -f", {
      chain,
      ulimits: [
        { name: "fsize", soft: -1, hard: -1 },
        { name: "core", soft: 0, hard: 0 },
      ],
    });
    assert.equal(free.stdout, "0\nunlimited\n");
    const mayRaise = (BigInt(`0x${/CapEff:\s*(\w+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0"}`) >> 24n) & 1n;
    if (mayRaise === 1n) return;
    const raised = machine.run("true", { chain, ulimits: [{ name: "nofile", soft: 1, hard: 2 ** 31 }] });
    await assert.rejects(
      raised,
      (error) => isEngineError(error, "unavailable") && error.message.startsWith("cannot set ulimit nofile=2147483648:"),
    );
  });

  test("as many processes as any build needs, and not as many as there may be", async () => {
    const command = "cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null || true";
    assert.equal((await machine.run(command, { chain })).stdout, "8192\n");
    assert.equal((await machine.run(command, { chain, limits: { pids: 64 } })).stdout, "64\n");
  });

  test("no more memory than it was given", async () => {
    const limited = { chain, limits: { memory: 32 * 1024 * 1024 } };
    const { exitCode } = await machine.run("exec dd if=/dev/zero of=/dev/null bs=200M count=1", limited);
    assert.equal(exitCode, 137);
    assert.equal((await machine.run("exec dd if=/dev/zero of=/dev/null bs=1M count=1 2>/dev/null", limited)).exitCode, 0);
  });

  test("a user, a limit or a program that there is none of is told before anything runs", async () => {
    await assert.rejects(
      machine.run("true", { chain, user: "eve" }),
      /^EngineError: unable to find user eve: no matching entries in passwd file$/,
    );
    const unknown = machine.run("true", { chain, ulimits: [{ name: "patience", soft: 1, hard: 1 }] });
    await assert.rejects(unknown, (error) => isEngineError(error, "invalid-argument") && error.message === "invalid ulimit type: patience");
  });

  test("a passwd that leads out of the root is looked for inside it", async () => {
    writeFileSync(join(folder, "passwd"), "eve:x:1:1::/:/bin/sh\n");
    const link = await tarOf([{ header: { type: "symlink", path: "etc/passwd", linkPath: `../../../../../..${folder}/passwd` } }]);
    const run = machine.run("true", { chain: chainOf(await busyboxTar(), link), user: "eve" });
    await assert.rejects(run, (error) => isEngineError(error, "not-found"));
  });
});
