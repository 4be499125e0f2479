import { lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { internal, invalidArgument } from "#errors";
import type { DeviceRequest } from "../run-spec.ts";

/** A node in the container's /dev, as runtimes want it described. */
export interface DeviceNode {
  readonly path: string;
  readonly type: "c" | "b";
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
}

/** What a container may do with devices; a later rule counts. */
export interface DeviceRule {
  readonly allow: boolean;
  readonly type?: string;
  readonly major?: number;
  readonly minor?: number;
  readonly access: string;
}

/** null, zero, full, random, urandom, tty, console: a process may use them, and make any node it likes. */
export const DEFAULT_RULES: readonly DeviceRule[] = [
  { allow: false, access: "rwm" },
  ...["c", "b"].map((type) => ({ allow: true, type, access: "m" })),
  ...[
    [1, 3],
    [1, 5],
    [1, 7],
    [1, 8],
    [1, 9],
    [5, 0],
    [5, 1],
  ].map(([major = 0, minor = 0]) => ({ allow: true, type: "c", major, minor, access: "rwm" })),
];

export const EVERY_DEVICE: readonly DeviceRule[] = [{ allow: true, access: "rwm" }];

const S_IFMT = 0o170000;
const S_IFCHR = 0o020000;
const S_IFBLK = 0o060000;

/** In a container these are its own. */
const OWN = new Set(["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "console"]);

/** All that the machine has. */
export function machineDevices(): Promise<DeviceNode[]> {
  return devicesBelow("/dev", "/dev");
}

/** @throws internal, in Docker's words, for what is not there or no device. */
export async function requestedDevices(
  requests: readonly DeviceRequest[],
): Promise<{ readonly nodes: readonly DeviceNode[]; readonly rules: readonly DeviceRule[] }> {
  const found = await Promise.all(requests.map(async (request) => ({ request, nodes: await nodesOf(request) })));
  const rules = found.flatMap(({ request, nodes }) =>
    nodes.map(({ type, major, minor }) => ({ allow: true, type, major, minor, access: request.permissions })),
  );
  return { nodes: found.flatMap(({ nodes }) => nodes), rules };
}

async function nodesOf({ source, target }: DeviceRequest): Promise<DeviceNode[]> {
  const refuse = (reason: string): Error =>
    internal(`error gathering device information while adding custom device ${JSON.stringify(source)}: ${reason}`);
  const facts = await stat(source).catch(() => undefined);
  if (facts === undefined) throw refuse("no such file or directory");
  const nodes = facts.isDirectory() ? await devicesBelow(source, target) : await nodeAt(source, target);
  if (nodes.length === 0) throw refuse("not a device node");
  return nodes;
}

async function devicesBelow(source: string, target: string): Promise<DeviceNode[]> {
  const entries = await readdir(source, { withFileTypes: true });
  const made = entries.map(async (entry): Promise<DeviceNode[]> => {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) return OWN.has(entry.name) ? [] : devicesBelow(from, to);
    if (OWN.has(entry.name) || entry.isSymbolicLink()) return [];
    return nodeAt(from, to);
  });
  return (await Promise.all(made)).flat();
}

/** None when there is no device. */
async function nodeAt(source: string, target: string): Promise<DeviceNode[]> {
  const link = await lstat(source);
  const { mode, rdev, uid, gid } = link.isSymbolicLink() ? await stat(source) : link;
  const kind = mode & S_IFMT;
  if (kind !== S_IFCHR && kind !== S_IFBLK) return [];
  const type = kind === S_IFCHR ? "c" : "b";
  return [{ path: target, type, ...deviceNumber(rdev), fileMode: mode & 0o7777, uid, gid }];
}

/** How Linux packs two numbers into one. */
export function deviceNumber(rdev: number): { readonly major: number; readonly minor: number } {
  const number = BigInt(rdev);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & ~0xfffn);
  const minor = (number & 0xffn) | ((number >> 12n) & ~0xffn & 0xffffffffn);
  return { major: Number(major), minor: Number(minor) };
}

/** `c 1:3 rwm`, with `*` for any number. @throws invalid-argument in Docker's words. */
export function parseDeviceRule(text: string): DeviceRule {
  const [, type, major = "", minor = "", access = ""] = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text) ?? [];
  if (type === undefined) throw invalidArgument(`invalid device cgroup rule format: '${text}'`);
  return { allow: true, type, ...numbered("major", major), ...numbered("minor", minor), access };
}

function numbered(name: "major" | "minor", text: string): Partial<DeviceRule> {
  return text === "*" ? {} : { [name]: Number(text) };
}
