import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { companionsOf, hasOtherNetwork } from "./companions.ts";

const CGROUPS = "/sys/fs/cgroup";

/** Programs that run for as long as a container does, or make its network. */
const COMPANIONS = new Set(["runc", "crun", "script", "slirp4netns", "unshare"]);

/**
 * What an engine of this process has on the machine beside its files: mounts, processes, control groups, memory. It is
 * looked for before the engine closes, and has to be gone afterwards.
 */
export class LeakCheck {
  readonly #dataRoot: string;
  /** Where the runtime notes what runs: its path is in the commands of everything that it starts. */
  readonly #notes: string | undefined;
  readonly #groups: readonly string[];

  private constructor(dataRoot: string, notes: string | undefined, groups: readonly string[]) {
    this.#dataRoot = dataRoot;
    this.#notes = notes;
    this.#groups = groups;
  }

  static before(dataRoot: string): LeakCheck {
    const link = join(dataRoot, "runtime");
    const running = namesIn(join(link, "bundles"));
    const stored = namesIn(join(dataRoot, "containers")).map((id) => `slipway-${id}`);
    return new LeakCheck(dataRoot, existsSync(link) ? targetOf(link) : undefined, [...running, ...stored]);
  }

  /** Once the engine is closed. */
  assertNothingLeft(): void {
    const places = [this.#dataRoot, ...(this.#notes === undefined ? [] : [this.#notes])];
    const left = {
      mounts: linesWith(readFileSync("/proc/self/mountinfo", "utf8"), places),
      processes: [...processesWith(places), ...companions()],
      networks: companionsOf(process.pid).filter(hasOtherNetwork),
      controlGroups: hierarchies().flatMap((folder) => this.#groupsIn(folder)),
      memory: places.slice(1).filter((folder) => existsSync(folder)),
      bundles: namesIn(join(this.#dataRoot, "runtime", "bundles")),
      mounted: namesIn(join(this.#dataRoot, "snapshots", "active")),
    };
    assert.deepEqual(left, { mounts: [], processes: [], networks: [], controlGroups: [], memory: [], bundles: [], mounted: [] });
  }

  #groupsIn(folder: string): string[] {
    const own = namesIn(folder).filter((name) => this.#groups.includes(name) || name.startsWith(`slipway-${process.pid}-`));
    return own.map((name) => join(folder, name));
  }
}

/** Version 1 has a folder per hierarchy, version 2 is the folder. */
function hierarchies(): string[] {
  const entries = readdirSync(CGROUPS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [CGROUPS, ...entries.map(({ name }) => join(CGROUPS, name))];
}

function processesWith(places: readonly string[]): string[] {
  const others = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return others.flatMap((pid) =>
    linesWith(readSafely(`/proc/${pid}/cmdline`).replaceAll("\0", " "), places).map((line) => `${pid}: ${line}`),
  );
}

/** What belongs to a container and was started by this process. */
function companions(): string[] {
  return companionsOf(process.pid)
    .filter(({ name }) => COMPANIONS.has(name))
    .map(({ pid, name }) => `${pid}: ${name}`);
}

function linesWith(text: string, places: readonly string[]): string[] {
  return text.split("\n").filter((line) => places.some((place) => line.includes(place)));
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return link;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readSafely(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
