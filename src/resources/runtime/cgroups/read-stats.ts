import { readFile } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import type { BlkioEntry, BlkioStats, ContainerStats, CpuStats, MemoryStats, NetworkStats } from "./container-stats.ts";
import type { ControlGroup } from "./control-group.ts";

/** The kernel counts time of programs in hundredths of a second. */
const TICK = 1e7;
const MICROSECOND = 1e3;

/** @param networkPid whose network it is; undefined when it is shared with somebody. */
export async function readStats(group: ControlGroup, networkPid: number | undefined): Promise<ContainerStats> {
  const [current, limit, cpu, memory, blkio, networks] = await Promise.all([
    group.number("pids", "pids.current"),
    group.number("pids", "pids.max"),
    group.isVersion2 ? cpuOf2(group) : cpuOf1(group),
    group.isVersion2 ? memoryOf2(group) : memoryOf1(group),
    group.isVersion2 ? blkioOf2(group) : blkioOf1(group),
    networkPid === undefined ? undefined : networksOf(networkPid),
  ]);
  return { readAt: new Date(), pids: { current: current ?? 0, limit }, cpu, memory, blkio, networks };
}

async function cpuOf1(group: ControlGroup): Promise<CpuStats> {
  const [total = 0, perCpu, times, throttling, machine] = await Promise.all([
    group.number("cpuacct", "cpuacct.usage"),
    group.read("cpuacct", "cpuacct.usage_percpu"),
    group.table("cpuacct", "cpuacct.stat"),
    group.table("cpu", "cpu.stat"),
    machineTime(),
  ]);
  return {
    total,
    kernel: (times.get("system") ?? 0) * TICK,
    user: (times.get("user") ?? 0) * TICK,
    perCpu: perCpu.trim().split(/\s+/).filter(Boolean).map(Number),
    ...throttled(throttling, "throttled_time", 1),
    ...machine,
  };
}

async function cpuOf2(group: ControlGroup): Promise<CpuStats> {
  const [table, machine] = await Promise.all([group.table("cpu", "cpu.stat"), machineTime()]);
  const time = (name: string): number => (table.get(name) ?? 0) * MICROSECOND;
  return {
    total: time("usage_usec"),
    kernel: time("system_usec"),
    user: time("user_usec"),
    perCpu: undefined,
    ...throttled(table, "throttled_usec", MICROSECOND),
    ...machine,
  };
}

function throttled(
  table: ReadonlyMap<string, number>,
  time: string,
  unit: number,
): Pick<CpuStats, "periods" | "throttledPeriods" | "throttledTime"> {
  const { periods, throttledPeriods } = { periods: table.get("nr_periods") ?? 0, throttledPeriods: table.get("nr_throttled") ?? 0 };
  return { periods, throttledPeriods, throttledTime: (table.get(time) ?? 0) * unit };
}

/** The first seven columns, as Docker adds them up: user, nice, system, idle, waiting, interrupts. */
async function machineTime(): Promise<Pick<CpuStats, "system" | "onlineCpus">> {
  const [line = ""] = (await readFile("/proc/stat", "utf8")).split("\n");
  const ticks = line.trim().split(/\s+/).slice(1, 8).map(Number);
  return { system: ticks.reduce((sum, value) => sum + value, 0) * TICK, onlineCpus: availableParallelism() };
}

async function memoryOf1(group: ControlGroup): Promise<MemoryStats> {
  const [usage = 0, maxUsage, failCount, limit, details] = await Promise.all([
    group.number("memory", "memory.usage_in_bytes"),
    group.number("memory", "memory.max_usage_in_bytes"),
    group.number("memory", "memory.failcnt"),
    group.number("memory", "memory.limit_in_bytes"),
    group.table("memory", "memory.stat"),
  ]);
  return { usage, maxUsage, failCount, limit: boundedByMachine(limit), details };
}

async function memoryOf2(group: ControlGroup): Promise<MemoryStats> {
  const [usage = 0, limit, details, events] = await Promise.all([
    group.number("memory", "memory.current"),
    group.number("memory", "memory.max"),
    group.table("memory", "memory.stat"),
    group.table("memory", "memory.events"),
  ]);
  return { usage, maxUsage: undefined, failCount: events.get("oom"), limit: boundedByMachine(limit), details };
}

function boundedByMachine(limit: number | undefined): number {
  return Math.min(limit ?? Number.POSITIVE_INFINITY, totalmem());
}

async function blkioOf1(group: ControlGroup): Promise<BlkioStats> {
  const read = async (name: string): Promise<BlkioEntry[]> => {
    const scheduled = entriesOf1(await group.read("blkio", `blkio.bfq.${name}_recursive`));
    return scheduled.length > 0 ? scheduled : entriesOf1(await group.read("blkio", `blkio.throttle.${name}_recursive`));
  };
  const [serviceBytes, serviced] = await Promise.all([read("io_service_bytes"), read("io_serviced")]);
  return { serviceBytes, serviced };
}

/** `8:0 Read 4096`; the last line is a sum over all devices. */
function entriesOf1(text: string): BlkioEntry[] {
  const lines = [...text.matchAll(/^(\d+):(\d+) (\w+) (\d+)$/gm)];
  return lines.map(([, major, minor, op = "", value]) => ({ major: Number(major), minor: Number(minor), op, value: Number(value) }));
}

/** `8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0` */
async function blkioOf2(group: ControlGroup): Promise<BlkioStats> {
  const lines = (await group.read("io", "io.stat")).split("\n").filter(Boolean);
  const serviceBytes = lines.flatMap((line) => {
    const [device = "", ...fields] = line.split(" ");
    const [major, minor] = device.split(":").map(Number);
    const values = new Map(fields.map((field) => [field.split("=")[0], Number(field.split("=")[1])]));
    const entry = (op: string, name: string): BlkioEntry => ({ major: major ?? 0, minor: minor ?? 0, op, value: values.get(name) ?? 0 });
    return [entry("read", "rbytes"), entry("write", "wbytes")];
  });
  return { serviceBytes, serviced: undefined };
}

async function networksOf(pid: number): Promise<Map<string, NetworkStats>> {
  const text = await readFile(`/proc/${pid}/net/dev`, "utf8").catch(() => "");
  const lines = [...text.matchAll(/^\s*([^\s:]+):\s*(.*)$/gm)].filter(([, name]) => name !== "lo");
  return new Map(lines.map(([, name = "", values = ""]) => [name, networkStats(values.trim().split(/\s+/).map(Number))]));
}

/** Of the kernel's sixteen columns, those that Docker shows. */
function networkStats(columns: readonly number[]): NetworkStats {
  const [receivedBytes = 0, receivedPackets = 0, receiveErrors = 0, receiveDropped = 0] = columns;
  const [sentBytes = 0, sentPackets = 0, sendErrors = 0, sendDropped = 0] = columns.slice(8);
  return { receivedBytes, receivedPackets, receiveErrors, receiveDropped, sentBytes, sentPackets, sendErrors, sendDropped };
}
