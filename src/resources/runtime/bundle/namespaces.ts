import type { ContainerSpec, JoinedContainer } from "../run-spec.ts";

export type NamespaceWish = Pick<ContainerSpec, "network" | "ipc" | "pid" | "uts" | "cgroupNamespace">;

interface Namespace {
  readonly type: string;
  /** To join; a new one without. */
  readonly path?: string;
}

/** What a process has for itself, and what it shares with another container; the rest is the machine's. */
export function namespacesFor(
  wish: NamespaceWish,
  { networkNamespace, hasCgroup2 }: { networkNamespace: string | undefined; hasCgroup2: boolean },
): Namespace[] {
  const { network, ipc = "private", pid = "private", uts = "private", cgroupNamespace = hasCgroup2 ? "private" : "host" } = wish;
  const isIpcOwn = ipc === "none" || ipc === "shareable";
  return [
    { type: "mount" },
    ...namespace("uts", "uts", uts),
    ...namespace("pid", "pid", pid),
    ...namespace("ipc", "ipc", isIpcOwn ? "private" : ipc),
    ...namespace("cgroup", "cgroup", cgroupNamespace),
    ...(networkNamespace === undefined ? namespace("network", "net", network) : []),
    ...(networkNamespace === undefined ? [] : [{ type: "network", path: networkNamespace }]),
  ];
}

function namespace(type: string, file: string, wanted: string | JoinedContainer): Namespace[] {
  if (wanted === "host") return [];
  return typeof wanted === "object" ? [{ type, path: `/proc/${wanted.pid}/ns/${file}` }] : [{ type }];
}
