import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { hostname as machineName, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { isEngineError } from "#errors";
import type { ContainerSpec, JoinedContainer, RunningContainer } from "#runtime";
import type { SnapshotLayer } from "#snapshots";
import { busyboxTar, cannotRun, chainOf } from "./chains.ts";
import { Machine, saidBy } from "./machine.ts";

const OWN_CAPABILITIES = capabilities(readFileSync("/proc/self/status", "utf8"), "CapPrm");

describe("what a container may be given", { skip: cannotRun() }, () => {
  let machine: Machine;
  let chain: SnapshotLayer[];
  let folder: string;

  before(async () => {
    machine = await Machine.open();
    folder = mkdtempSync(join(tmpdir(), "slipway-settings-"));
    writeFileSync(join(folder, "file"), "from outside\n");
    const tables = { passwd: "root:x:0:0::/root:/bin/sh\nbob:x:1000:1001::/home/bob:/bin/sh\n", group: "root:x:0:\nwheel:x:10:bob\n" };
    chain = chainOf(await busyboxTar(tables));
  });
  after(async () => {
    await machine[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  async function said(command: string, more: Partial<ContainerSpec> = {}): Promise<string> {
    await using container = await machine.start(command, { chain, ...more });
    const { stdout, stderr } = await saidBy(container);
    return stdout + stderr;
  }

  const effective = async (more: Partial<ContainerSpec>): Promise<bigint> =>
    capabilities(await said("cat /proc/self/status", more), "CapEff");

  const CHOWN = 1n;
  const SYS_ADMIN = 1n << 21n;

  test("capabilities, by any spelling of their names", async () => {
    const normal = await effective({});
    assert.equal(normal, 0xa80425fbn & OWN_CAPABILITIES);
    assert.equal(await effective({ capAdd: ["sys_admin"] }), (normal | SYS_ADMIN) & OWN_CAPABILITIES);
    assert.equal(await effective({ capDrop: ["CAP_CHOWN"] }), normal & ~CHOWN);
    assert.equal(await effective({ capAdd: ["ALL"], capDrop: ["CHOWN"] }), OWN_CAPABILITIES & ~CHOWN);
    assert.equal(await effective({ capAdd: ["CHOWN"], capDrop: ["all"] }), CHOWN & OWN_CAPABILITIES);
  });

  test("system calls that belong to a capability come with it", async () => {
    const command = "busybox mount -t tmpfs none /tmp && echo mounted";
    assert.match(await said(command), /not permitted|denied/);
    assert.equal(await said(command, { capAdd: ["SYS_ADMIN"] }), "mounted\n");
  });

  test("a filter of system calls of its own, or none", async () => {
    const profile = {
      defaultAction: "SCMP_ACT_ALLOW",
      archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] }],
      syscalls: [
        { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28 },
        { names: ["rmdir", "unlinkat"], action: "SCMP_ACT_ERRNO", excludes: { caps: ["CAP_CHOWN"] } },
      ],
    };
    const securityOptions = [`seccomp=${JSON.stringify(profile)}`];
    assert.match(
      await said("rmdir() { busybox rmdir $1; }; mkdir /x; rmdir /tmp && echo gone", { securityOptions }),
      /^gone\n.*No space left/,
    );
    const filtered = "grep() { busybox grep $@; }; grep Seccomp: /proc/self/status";
    assert.match(await said(filtered), /\t2\n/);
    assert.match(await said(filtered, { securityOptions: ["seccomp=unconfined"] }), /\t0\n/);
    await assert.rejects(said("true", { securityOptions: ["seccomp={bad"] }), { message: /^Decoding seccomp profile failed: / });
  });

  test("no new privileges; what SELinux and AppArmor would be told is passed over", async () => {
    const command = "busybox grep NoNewPrivs /proc/self/status";
    assert.match(await said(command), /\t0\n/);
    assert.match(await said(command, { securityOptions: ["no-new-privileges", "label=disable", "apparmor=unconfined"] }), /\t1\n/);
    assert.match(await said(command, { securityOptions: ["no-new-privileges:false"] }), /\t0\n/);
  });

  test("all privileges, with the devices of the machine", async () => {
    assert.equal(await effective({ isPrivileged: true }), OWN_CAPABILITIES);
    const command = "busybox grep Seccomp: /proc/self/status; ls /dev; touch /proc/sys/kernel/domainname && echo writable";
    const open = await said(command, { isPrivileged: true });
    assert.match(open, /\t0\n(.|\n)*writable\n$/);
    assert.ok(open.split("\n").length > (await said(command)).split("\n").length + 10, open);
  });

  test("a root that cannot be written to, with what is mounted on it that can", async () => {
    const command = "touch /x; touch /etc/hosts; touch /dev/shm/a && echo shm; touch /scratch/x && echo scratch";
    const output = await said(command, { isRootReadonly: true, mounts: [{ type: "tmpfs", target: "/scratch", options: "" }] });
    assert.match(output, /^shm\nscratch\n.*\/x: Read-only file system\n.*\/etc\/hosts: Read-only file system\n$/);
  });

  test("devices of the machine, and what may be done with them", async () => {
    const device = { source: "/dev/zero", target: "/dev/deep/nil" };
    const command = "ls -l /dev/deep/nil; head() { busybox head $@; }; head -c 3 /dev/deep/nil | busybox wc -c";
    assert.match(await said(command, { devices: [{ ...device, permissions: "rwm" }] }), /^c.* 1, +5 .*\n3\n$/);
    for (const [source, reason] of [
      ["/dev/nope", "no such file or directory"],
      ["/etc/passwd", "not a device node"],
    ] as const) {
      const message = `error gathering device information while adding custom device "${source}": ${reason}`;
      await assert.rejects(said("true", { devices: [{ source, target: "/dev/x", permissions: "rwm" }] }), { kind: "internal", message });
    }
    await assert.rejects(said("true", { deviceCgroupRules: ["x"] }), { message: "invalid device cgroup rule format: 'x'" });
    const fuse = "mknod /n c 10 229; cat /n";
    assert.match(await said(fuse), /can't open '\/n': Operation not permitted/);
    assert.doesNotMatch(await said(fuse, { deviceCgroupRules: ["c 10:* rwm"] }), /can't open/);
  });

  test("groups by name and number, in what runs later as well", async () => {
    await using container = await machine.start("id -G; sleep 1000", { chain, groupAdd: ["wheel", "77"] });
    for await (const { bytes } of container.output) {
      assert.equal(Buffer.from(bytes).toString(), "0 10 77\n");
      break;
    }
    await using process = await container.exec({ args: ["id", "-G"], user: "1000", keepsInputOpen: false });
    assert.equal((await saidBy(process)).stdout, "1001 10 77\n");
    await assert.rejects(said("true", { groupAdd: ["none"] }), { message: "unable to find group none: no matching entries in group file" });
  });

  test("kernel parameters of its own, a domain, a name or the machine's", async () => {
    const command = "hostname; cat /proc/sys/kernel/domainname /proc/sys/kernel/msgmax";
    const own = { hostname: "box", domainname: "example.org", sysctls: { "kernel.msgmax": "4096" } };
    assert.equal(await said(command, own), "box\nexample.org\n4096\n");
    assert.equal(await said("hostname", { uts: "host" }), `${machineName()}\n`);
  });

  test("names and name servers, as Docker writes them", async () => {
    const command = "cat /etc/hosts /etc/hostname /etc/resolv.conf";
    const local = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\n";
    const extraHosts = [{ host: "db", ip: "10.1.2.3" }];
    const dns = { dns: ["9.9.9.9", "8.8.8.8"], dnsSearch: ["a.example", "b.example"], dnsOptions: ["ndots:3"] };
    assert.equal(
      await said(command, { hostname: "box", extraHosts, ...dns }),
      `${local}ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n10.1.2.3\tdb\nbox\n` +
        "nameserver 9.9.9.9\nnameserver 8.8.8.8\nsearch a.example b.example\noptions ndots:3\n",
    );
    assert.ok((await said("cat /etc/hosts", { network: "host", extraHosts })).endsWith("10.1.2.3\tdb\n"));
  });

  test("namespaces of another container", async () => {
    const [id, other] = await running({ ipc: "shareable", hostname: "first" });
    await using first = other;
    const joined: JoinedContainer = { id, pid: first.pid, folder: join(machine.root, "containers", id) };
    await using second = await machine.start("cat /etc/hostname; echo x >/dev/shm/seen; sleep 1000", {
      chain,
      network: joined,
      ipc: joined,
      pid: joined,
      hostname: "second",
    });
    for await (const { bytes } of second.output) {
      assert.equal(Buffer.from(bytes).toString(), "first\n");
      break;
    }
    for (const kind of ["net", "ipc", "pid"]) assert.equal(namespace(second.pid, kind), namespace(first.pid, kind), kind);
    for (const kind of ["uts", "mnt"]) assert.notEqual(namespace(second.pid, kind), namespace(first.pid, kind), kind);
    await using look = await first.exec({ args: ["ls", "/dev/shm"], keepsInputOpen: false });
    assert.equal((await saidBy(look)).stdout, "seen\n");
  });

  async function running(more: Partial<ContainerSpec>): Promise<[id: string, container: RunningContainer]> {
    const container = await machine.start("sleep 1000", { chain, ...more });
    const [, id = ""] = /slipway-([0-9a-f]{64})/.exec(readFileSync(`/proc/${container.pid}/cgroup`, "utf8")) ?? [];
    return [id, container];
  }

  test("namespaces of the machine", async () => {
    const [, container] = await running({ network: "host", ipc: "host", pid: "host", uts: "host", cgroupNamespace: "host" });
    await using shared = container;
    for (const kind of ["net", "ipc", "pid", "uts", "cgroup"]) {
      assert.equal(namespace(shared.pid, kind), readlinkSync(`/proc/self/ns/${kind}`), kind);
    }
    assert.notEqual(namespace(shared.pid, "mnt"), readlinkSync("/proc/self/ns/mnt"));
  });

  test("nothing outlives it although it sees the machine's processes", async () => {
    const shared = await machine.start("sleep 1000 & echo $!; sleep 1000", { chain, pid: "host" });
    let child = 0;
    for await (const { bytes } of shared.output) {
      child = Number(Buffer.from(bytes).toString());
      break;
    }
    assert.equal(isAlive(child), true);
    await shared.signal(9);
    await shared.ended;
    assert.equal(isAlive(child), false);
  });

  test("file systems in memory with options, and none for /dev/shm", async () => {
    const mounts = [
      { type: "tmpfs", target: "/a", options: "" },
      { type: "tmpfs", target: "/b", options: "exec,size=1m,mode=700" },
    ] as const;
    const table = await said("cat /proc/mounts", { mounts, shmSize: 1024 * 1024 });
    assert.match(table, /^tmpfs \/a tmpfs rw,nosuid,nodev,noexec/m);
    assert.match(table, /^tmpfs \/b tmpfs rw,nosuid,nodev,relatime,size=1024k,mode=700/m);
    assert.match(table, /^shm \/dev\/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k/m);
    assert.doesNotMatch(await said("cat /proc/mounts", { ipc: "none" }), /\/dev\/shm/);
  });

  test("folders of the machine, also where the system has its own", async () => {
    const bind = { type: "bind", source: folder, isReadonly: true, isFile: false } as const;
    assert.equal(await said("cat /dev/shm/file", { mounts: [{ ...bind, target: "/dev/shm" }] }), "from outside\n");
    assert.equal(
      await said("cat /etc/hosts", { mounts: [{ ...bind, source: join(folder, "file"), target: "/etc/hosts", isFile: true }] }),
      "from outside\n",
    );
    await assert.rejects(said("true", { mounts: [{ ...bind, source: "/proc", target: "/b", propagation: "shared" }] }), (error) => {
      assert.ok(isEngineError(error, "internal"));
      assert.match(error.message, /^path \/proc is mounted on \/proc but it is not a shared mount$/);
      return true;
    });
  });

  test("a score for when memory runs out, limits of its resources, and of its processes", async () => {
    assert.equal(await said("cat /proc/self/oom_score_adj", { oomScoreAdj: 321 }), "321\n");
    const [, container] = await running({
      limits: {
        memory: 32 * 1024 * 1024,
        memoryReservation: 16 * 1024 * 1024,
        memorySwappiness: 50,
        isOomKillDisabled: true,
        cpuShares: 512,
        pids: 33,
      },
      ulimits: [{ name: "nofile", soft: 100, hard: 200 }],
    });
    await using limited = container;
    assert.match(readFileSync(`/proc/${limited.pid}/limits`, "utf8"), /Max open files +100 +200/);
    const { pids, memory } = await limited.stats();
    assert.deepEqual([pids.limit, memory.limit], [33, 32 * 1024 * 1024]);
    const version1 = `/sys/fs/cgroup/memory/${/memory:(.*)/.exec(readFileSync(`/proc/${limited.pid}/cgroup`, "utf8"))?.[1] ?? "none"}`;
    if (!existsSync(version1)) return;
    assert.equal(readFileSync(join(version1, "memory.swappiness"), "utf8"), "50\n");
    assert.match(readFileSync(join(version1, "memory.oom_control"), "utf8"), /oom_kill_disable 1/);
  });

  test("a folder to start in that is none is told in Docker's words", async () => {
    await assert.rejects(said("true", { cwd: "/etc/passwd" }), {
      kind: "internal",
      message: "Cannot mkdir: /etc/passwd is not a directory",
    });
  });

  test("a first process that takes note of ends, or how to get one", async () => {
    const started = said("cat /proc/1/cmdline", { hasInit: true });
    if (["docker-init", "tini", "catatonit"].some((name) => existsSync(`/usr/bin/${name}`))) assert.match(await started, /docker-init/);
    else await assert.rejects(started, { kind: "unavailable", message: /install the package tini$/ });
  });
});

/** One whose end nobody has taken note of yet is not. */
function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

function namespace(pid: number, kind: string): string {
  return readlinkSync(`/proc/${pid}/ns/${kind}`);
}

function capabilities(status: string, set: string): bigint {
  return BigInt(`0x${new RegExp(`${set}:\\s*(\\w+)`).exec(status)?.[1] ?? ""}`);
}
