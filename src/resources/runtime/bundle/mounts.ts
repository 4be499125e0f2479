import { internal } from "#errors";
import type { ContainerSpec, ExtraMount } from "../run-spec.ts";

/** As runtimes want it described. */
export interface Mount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** On the machine: what a container finds in place of its own files. */
export interface ContainerFiles {
  readonly hosts: string;
  readonly resolv: string;
  /** A step of a build has none. */
  readonly hostname?: string;
}

export interface MountFacts {
  readonly files: ContainerFiles;
  /** On the machine: what others share as /dev/shm; undefined for one of its own. */
  readonly sharedMemory: string | undefined;
  readonly hasWritableCgroups: boolean;
  /** On the machine. */
  readonly init: string | undefined;
}

export type MountWish = Pick<ContainerSpec, "mounts" | "shmSize" | "ipc" | "isRootReadonly"> & { readonly isOpen: boolean };

/** Of RUN --mount=type=tmpfs. */
export const TMPFS_MODE = 0o1777;
const DEFAULT_SHM_SIZE = 64 * 1024 * 1024;
export const INIT_TARGET = "/sbin/docker-init";

const SEALED = ["nosuid", "noexec", "nodev"];

/** Everything that is mounted below a root, in the order of mounting. */
export function mountsFor(wish: MountWish, facts: MountFacts): Mount[] {
  const extra = (wish.mounts ?? []).map(extraMount);
  const taken = new Set(extra.map(({ destination }) => destination));
  // What somebody mounts there takes the place of what would be there, and of all that is below.
  const isLeft = ({ destination }: Mount): boolean => !taken.has(destination) && !(taken.has("/dev") && destination.startsWith("/dev/"));
  const inRoot = [...fileMounts(wish, facts).filter(isLeft), ...extra];
  // A mount must not hide one inside it, nor a folder of the user's the files that every container has.
  return [...systemMounts(wish, facts).filter(isLeft), ...inRoot.sort((a, b) => depthOf(a.destination) - depthOf(b.destination))];
}

function systemMounts(wish: MountWish, { sharedMemory, hasWritableCgroups }: MountFacts): Mount[] {
  const readonly = wish.isOpen ? [] : ["ro"];
  return [
    { destination: "/proc", type: "proc", source: "proc", options: SEALED },
    { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: [...SEALED, ...readonly] },
    { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: [...SEALED, ...(hasWritableCgroups ? [] : readonly)] },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: SEALED },
    ...shmMount(wish, sharedMemory),
  ];
}

function shmMount({ ipc = "private", shmSize = DEFAULT_SHM_SIZE }: MountWish, sharedMemory: string | undefined): Mount[] {
  const destination = "/dev/shm";
  if (ipc === "none") return [];
  if (sharedMemory !== undefined) return [{ destination, type: "bind", source: sharedMemory, options: ["rbind", "rprivate"] }];
  return [{ destination, type: "tmpfs", source: "shm", options: [...SEALED, "mode=1777", `size=${shmSize}`] }];
}

/** Writable, as Docker has them: what a process writes there is its own. */
function fileMounts({ isRootReadonly = false }: MountWish, { files, init }: MountFacts): Mount[] {
  const options = ["bind", "rprivate", ...(isRootReadonly ? ["ro"] : [])];
  const bind = (destination: string, source: string): Mount => ({ destination, type: "bind", source, options });
  return [
    bind("/etc/resolv.conf", files.resolv),
    ...(files.hostname === undefined ? [] : [bind("/etc/hostname", files.hostname)]),
    bind("/etc/hosts", files.hosts),
    ...(init === undefined ? [] : [{ ...bind(INIT_TARGET, init), options: ["bind", "ro"] }]),
  ];
}

function extraMount(mount: ExtraMount): Mount {
  const { target: destination, type } = mount;
  if (type === "bind") {
    const { source, isShallow = false, isReadonly, propagation = "rprivate" } = mount;
    return { destination, type, source, options: [isShallow ? "bind" : "rbind", propagation, ...(isReadonly ? ["ro"] : [])] };
  }
  const size = mount.size === undefined ? [] : [`size=${mount.size}`];
  if (mount.options !== undefined) return { destination, type, source: "tmpfs", options: [...tmpfsOptions(mount.options), ...size] };
  return { destination, type, source: "tmpfs", options: ["nosuid", "nodev", `mode=${TMPFS_MODE.toString(8)}`, ...size] };
}

const TMPFS_OPTIONS: ReadonlySet<string> = new Set(
  (
    "size mode uid gid nr_inodes nr_blocks mpol defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync remount mand nomand " +
    "atime noatime diratime nodiratime bind rbind unbindable runbindable private rprivate shared rshared slave rslave relatime norelatime " +
    "strictatime nostrictatime"
  ).split(" "),
);

/** Docker's own, unless the opposite is asked for. @throws internal in Docker's words. */
function tmpfsOptions(text: string): string[] {
  const asked = text.split(",").filter((option) => option !== "");
  const [unknown] = asked.map((option) => option.split("=", 1)[0] ?? "").filter((name) => !TMPFS_OPTIONS.has(name));
  if (unknown !== undefined) throw internal(`invalid tmpfs option ${JSON.stringify(unknown)}`);
  return [...["noexec", "nosuid", "nodev"].filter((option) => !asked.includes(option.slice(2)) && !asked.includes(option)), ...asked];
}

function depthOf(path: string): number {
  return path.split("/").filter((name) => name !== "").length;
}

/**
 * What has to be said of the whole root for what is mounted later on one side to arrive on the other; undefined when
 * nothing has to.
 */
export function rootPropagation(mounts: readonly ExtraMount[] = []): "shared" | "rslave" | undefined {
  const wanted = mounts.map((mount) => (mount.type === "bind" ? mount.propagation : undefined));
  if (wanted.some((propagation) => propagation?.endsWith("shared"))) return "shared";
  return wanted.some((propagation) => propagation?.endsWith("slave")) ? "rslave" : undefined;
}
