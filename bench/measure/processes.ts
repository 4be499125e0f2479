import { readFileSync, readdirSync, writeFileSync } from "node:fs";

const TICKS_PER_SECOND = 100;
const SAMPLE_EVERY_MS = 50;

/** A daemon and everything it started: dockerd's containerd, podman's helpers. Other processes come and go with them. */
export function processTree(root: number): readonly number[] {
  const children = readdirOf(`/proc/${root}/task`).flatMap((thread) => readText(`/proc/${root}/task/${thread}/children`).split(" "));
  return [root, ...children.filter((pid) => pid !== "").flatMap((pid) => processTree(Number(pid)))];
}

/** Resident bytes of the whole tree. Pages shared between its processes count once per process. */
export function residentBytes(root: number): number {
  return processTree(root).reduce((sum, pid) => sum + statusBytes(pid, "VmRSS"), 0);
}

/** Seconds of processor time that the tree and its finished children have used. */
export function cpuSeconds(root: number): number {
  return processTree(root).reduce((sum, pid) => sum + cpuTicks(pid), 0) / TICKS_PER_SECOND;
}

export interface MemoryReport {
  readonly beforeBytes: number;
  readonly peakBytes: number;
}

/** Watches a process tree from its making until `stop`. */
export class MemoryWatch implements Disposable {
  readonly #root: number;
  readonly #before: number;
  readonly #timer: NodeJS.Timeout;
  #peak: number;

  constructor(root: number) {
    this.#root = root;
    this.#before = residentBytes(root);
    this.#peak = this.#before;
    // Sampling misses short peaks; the kernel's own high-water mark of the main process does not, once it is reset.
    writeFileSync(`/proc/${root}/clear_refs`, "5");
    this.#timer = setInterval(() => {
      this.#peak = Math.max(this.#peak, residentBytes(root));
    }, SAMPLE_EVERY_MS);
  }

  stop(): MemoryReport {
    clearInterval(this.#timer);
    return { beforeBytes: this.#before, peakBytes: Math.max(this.#peak, statusBytes(this.#root, "VmHWM")) };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function statusBytes(pid: number, field: "VmRSS" | "VmHWM"): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readText(`/proc/${pid}/status`));
  return Number(line?.[1] ?? 0) * 1024;
}

function cpuTicks(pid: number): number {
  const stat = readText(`/proc/${pid}/stat`);
  // The name may hold spaces and brackets; the numbers begin after its last bracket, with field 3.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0);
}

/** Empty when the process has gone meanwhile. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function readdirOf(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
