import { internal, invalidArgument } from "#errors";
import type { HostConfig } from "#oci";

const CAPABILITIES: ReadonlySet<string> = new Set(
  (
    "AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID " +
    "IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW " +
    "PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO " +
    "SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM"
  ).split(" "),
);

/** What has nothing to do with how much a container gets. @throws invalid-argument. */
export function checkHost(host: HostConfig): void {
  if (host.Isolation !== "" && host.Isolation !== "default") {
    throw invalidArgument(`invalid isolation (${host.Isolation}): linux only supports 'default'`);
  }
  if (host.IOMaximumBandwidth !== 0) {
    throw invalidArgument("invalid option: QoS maximum bandwidth configuration is not supported on linux");
  }
  if (host.IOMaximumIOps !== 0) throw invalidArgument("invalid option: QoS maximum IOPs configuration is not supported on linux");
  if (Object.hasOwn(host.Annotations ?? {}, "")) {
    throw invalidArgument("invalid Annotations: the empty string is not permitted as an annotation key");
  }
  for (const [port, bindings] of Object.entries(host.PortBindings ?? {})) checkPort(port, bindings ?? []);
  checkRestartPolicy(host);
  for (const entry of host.ExtraHosts ?? []) checkExtraHost(entry);
  checkCapabilities("CapAdd", host.CapAdd ?? []);
  checkCapabilities("CapDrop", host.CapDrop ?? []);
  for (const option of host.SecurityOpt ?? []) checkSecurityOption(option);
  checkModes(host);
}

function checkPort(port: string, bindings: readonly { readonly HostPort: string }[]): void {
  const number = port.split("/", 1)[0] ?? "";
  if (!isPort(number)) throw invalidArgument(`invalid port specification: ${JSON.stringify(port)}`);
  for (const { HostPort: hostPort } of bindings) {
    if (hostPort === "") continue;
    const [first = "", last = first] = hostPort.split("-");
    if (!isPort(first) || !isPort(last)) throw invalidArgument(`invalid port specification: ${JSON.stringify(hostPort)}`);
  }
}

function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535;
}

export function checkRestartPolicy({
  RestartPolicy: { Name: name, MaximumRetryCount: count },
  AutoRemove: isRemoved,
}: Pick<HostConfig, "RestartPolicy" | "AutoRemove">): void {
  const refusal = "invalid restart policy:";
  if (!["", "no", "always", "on-failure", "unless-stopped"].includes(name)) {
    throw invalidArgument(`${refusal} unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`);
  }
  if (name !== "on-failure" && count !== 0) throw invalidArgument(`${refusal} maximum retry count can only be used with 'on-failure'`);
  if (count < 0) throw invalidArgument(`${refusal} maximum retry count cannot be negative`);
  if (isRemoved && name !== "" && name !== "no") throw invalidArgument("can't create 'AutoRemove' container with restart policy");
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

function checkExtraHost(entry: string): void {
  const colon = entry.indexOf(":");
  if (colon < 1) throw invalidArgument(`bad format for add-host: ${JSON.stringify(entry)}`);
  const address = entry.slice(colon + 1).replace(/^\[(.*)\]$/, "$1");
  if (address === "host-gateway" || IPV4.test(address) || isIpv6(address)) return;
  throw invalidArgument(`invalid IP address in add-host: ${JSON.stringify(address)}`);
}

function isIpv6(text: string): boolean {
  if (!text.includes(":")) return false;
  const halves = text.split("::");
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  if (halves.length > 2 || !groups.every((group, index) => isGroup(group, index === groups.length - 1))) return false;
  const words = groups.length + (groups.at(-1)?.includes(".") === true ? 1 : 0);
  return halves.length === 2 ? words < 8 : words === 8;
}

function isGroup(group: string, isLast: boolean): boolean {
  return /^[0-9a-fA-F]{1,4}$/.test(group) || (isLast && IPV4.test(group));
}

function checkCapabilities(field: "CapAdd" | "CapDrop", names: readonly string[]): void {
  for (const given of names) {
    const name = given.toUpperCase().replace(/^CAP_/, "");
    if (name !== "ALL" && !CAPABILITIES.has(name)) throw invalidArgument(`invalid ${field}: unknown capability: "CAP_${name}"`);
  }
}

/** Those with a colon are of old clients. */
function checkSecurityOption(option: string): void {
  if (option === "no-new-privileges" || option === "disable") return;
  const separator = /[=:]/.exec(option);
  if (separator === null) throw internal(`invalid --security-opt 1: ${JSON.stringify(option)}`);
  const name = option.slice(0, separator.index);
  if (!["label", "apparmor", "seccomp", "no-new-privileges", "writable-cgroups"].includes(name)) {
    throw internal(`invalid --security-opt 2: ${JSON.stringify(option)}`);
  }
}

function checkModes({ IpcMode: ipc, PidMode: pid, UTSMode: uts, CgroupnsMode: cgroup, Runtime: runtime, ShmSize: shm }: HostConfig): void {
  if (shm < 0) throw invalidArgument("SHM size can not be less than 0");
  if (!["", "none", "private", "shareable", "host"].includes(ipc) && !ipc.startsWith("container:")) {
    throw invalidArgument(`invalid IPC mode: ${ipc}`);
  }
  if (pid !== "" && pid !== "host" && !/^container:./.test(pid)) throw invalidArgument(`invalid PID mode: ${pid}`);
  if (uts !== "" && uts !== "host") throw invalidArgument(`invalid UTS mode: ${uts}`);
  if (!["", "private", "host"].includes(cgroup)) throw invalidArgument(`invalid cgroup namespace mode: ${cgroup}`);
  if (runtime !== "" && runtime !== "runc" && runtime !== "io.containerd.runc.v2") {
    throw invalidArgument(`unknown or invalid runtime name: ${runtime}`);
  }
}
