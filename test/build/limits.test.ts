import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { after, before, describe, test } from "node:test";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { serveBuilds } from "./served-builds.ts";
import type { ServedBuilds } from "./served-builds.ts";

const HAS_CGROUP2 = existsSync("/sys/fs/cgroup/cgroup.controllers");
const CPUS = availableParallelism() === 1 ? "0" : `0-${availableParallelism() - 1}`;
const MIB = 1024 * 1024;

/** What a command finds where the kernel says how it is limited, in both versions of control groups. */
const EFFECTS: readonly (readonly [query: string, files: readonly [version1: string, version2: string], says: string | RegExp])[] = [
  [`memory=${64 * MIB}`, ["memory/memory.limit_in_bytes", "memory.max"], `${64 * MIB}`],
  [`memory=${64 * MIB}`, ["memory/memory.memsw.limit_in_bytes", "memory.swap.max"], `${(HAS_CGROUP2 ? 64 : 128) * MIB}`],
  [`memory=${64 * MIB}&memswap=${80 * MIB}`, ["memory/memory.memsw.limit_in_bytes", "memory.swap.max"], `${(HAS_CGROUP2 ? 16 : 80) * MIB}`],
  [`memory=${64 * MIB}&memswap=-1`, ["memory/memory.memsw.limit_in_bytes", "memory.swap.max"], /^(?:\d{16,}|max)$/],
  [`memory=${64 * MIB}&memswap=-7`, ["memory/memory.memsw.limit_in_bytes", "memory.swap.max"], /^(?:\d{16,}|max)$/],
  ["cpushares=512", ["cpu/cpu.shares", "cpu.weight"], HAS_CGROUP2 ? /^[1-9]\d*$/ : "512"],
  ["cpuperiod=50000&cpuquota=25000", ["cpu/cpu.cfs_quota_us", "cpu.max"], HAS_CGROUP2 ? "25000 50000" : "25000"],
  ["cpuperiod=50000", ["cpu/cpu.cfs_period_us", "cpu.max"], HAS_CGROUP2 ? "max 50000" : "50000"],
  ["cpusetcpus=0", ["cpuset/cpuset.cpus", "cpuset.cpus"], "0"],
  ["cpusetmems=0", ["cpuset/cpuset.mems", "cpuset.mems"], "0"],
];

/** In Docker's words, as a message of the stream. */
const REFUSALS: readonly (readonly [query: string, message: string])[] = [
  ["memory=1", "Minimum memory limit allowed is 6MB"],
  ["memory=-5", "Minimum memory limit allowed is 6MB"],
  ["memory=20000000&memswap=1", "Minimum memoryswap limit should be larger than memory limit, see usage"],
  ["memswap=50000000", "You should always set the Memory limit when using Memoryswap limit, see usage"],
  ["cpushares=-4", "invalid CPU shares (-4): value must be a positive integer"],
  ["cpuperiod=999", "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"],
  ["cpuperiod=-1", "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"],
  ["cpuquota=999", "CPU cfs quota can not be less than 1ms (i.e. 1000)"],
  ["cpusetcpus=4096", `Requested CPUs are not available - requested 4096, available: ${CPUS}`],
  ["cpusetcpus=1-0", "Invalid value 1-0 for cpuset cpus: invalid format: 1-0"],
  ["cpusetmems=x", "Invalid value x for cpuset mems: invalid format: x"],
  ["shmsize=-5", "SHM size can not be less than 0"],
  ["extrahosts=foo:notanip", 'invalid IP address in add-host: "notanip"'],
  ["extrahosts=foo:", 'invalid IP address in add-host: ""'],
];

describe("limits of commands", { skip: cannotRun() }, () => {
  let api: ServedBuilds;
  before(async () => {
    api = await serveBuilds();
    await api.ask("POST /v1.51/images/create?fromSrc=-&repo=bb&tag=1", { body: await busyboxTar() });
  });
  after(() => api[Symbol.asyncDispose]());

  for (const [query, files, says] of EFFECTS) {
    const file = files[HAS_CGROUP2 ? 1 : 0];
    test(`${query} is in ${file}`, async () => {
      const { said } = await api.build(`networkmode=none&nocache=1&${query}`, { Dockerfile: `FROM bb:1\nRUN cat /sys/fs/cgroup/${file}` });
      const found = /\n([^\n]*)\n ---> Removed/.exec(said)?.[1] ?? said;
      if (typeof says === "string") assert.equal(found, says);
      else assert.match(found, says);
    });
  }

  test("shmsize, ulimits and extrahosts are seen, the address of the machine by its name", async () => {
    const query = `shmsize=${2 * MIB}&ulimits=[{"Name":"nofile","Soft":77,"Hard":88}]&extrahosts=a:1.2.3.4&extrahosts=b:[::1]&extrahosts=c:host-gateway`;
    const command = "ulimit -n; ulimit -Hn; busybox df -k /dev/shm | busybox awk '/shm/{print $2}'; busybox tail -n 3 /etc/hosts";
    const { said } = await api.build(`networkmode=none&${query}`, { Dockerfile: `FROM bb:1\nRUN ${command}` });
    assert.match(said, /\n77\n88\n2048\n1\.2\.3\.4\ta\n::1\tb\n\d+\.\d+\.\d+\.\d+\tc\n ---> Removed/);
  });

  for (const [query, message] of REFUSALS) {
    test(`${query} is refused when something runs, without the code of a process`, async () => {
      const { status, messages } = await api.build(`networkmode=none&nocache=1&${query}`, { Dockerfile: "FROM bb:1\nRUN true" });
      assert.deepEqual([status, messages.at(-1)], [200, { errorDetail: { message }, error: message }]);
    });
  }

  test("what cannot be started has no code either, and its place is told", async () => {
    const { messages, said } = await api.build("networkmode=none", { Dockerfile: 'FROM bb:1\nRUN ["/nothing"]' });
    const { errorDetail } = messages.at(-1) ?? {};
    assert.equal(errorDetail?.code, undefined);
    assert.match(errorDetail?.message ?? "", / during container init: exec.*\/nothing.*no such file or directory$/i);
    assert.match(said, />>> RUN \["\/nothing"\]/);
  });
});
