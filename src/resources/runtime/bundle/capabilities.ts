import { readFile } from "node:fs/promises";

/** In the kernel's order, from bit 0. */
const CAPABILITIES = `
  CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST
  NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE
  SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM
  BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE
`
  .trim()
  .split(/\s+/)
  .map((name) => `CAP_${name}`);

/** What Docker leaves to a process that is root in its container. */
const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set(
  "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE"
    .split(" ")
    .map((name) => `CAP_${name}`),
);

/** What may be asked for; names with or without `CAP_`, in any case. */
export interface CapabilityWish {
  readonly hasAll: boolean;
  readonly add?: readonly string[] | undefined;
  readonly drop?: readonly string[] | undefined;
}

/** Docker's default set and what is added to it and taken from it, or all, as far as this engine has them to give. */
export async function capabilitiesFor({ hasAll, add = [], drop = [] }: CapabilityWish): Promise<readonly string[]> {
  const own = await ownCapabilities();
  if (hasAll) return own;
  const [added, dropped] = [namesOf(add), namesOf(drop)];
  if (added.has("CAP_ALL")) return own.filter((name) => !dropped.has(name));
  if (dropped.has("CAP_ALL")) return own.filter((name) => added.has(name));
  return own.filter((name) => added.has(name) || (DEFAULT_CAPABILITIES.has(name) && !dropped.has(name)));
}

function namesOf(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => `CAP_${name.toUpperCase().replace(/^CAP_/, "")}`));
}

export async function ownCapabilities(): Promise<readonly string[]> {
  const [, digits = "0"] = /^CapPrm:\s*([0-9a-f]+)$/m.exec(await readFile("/proc/self/status", "utf8")) ?? [];
  const mask = BigInt(`0x${digits}`);
  return CAPABILITIES.filter((_, bit) => ((mask >> BigInt(bit)) & 1n) === 1n);
}
