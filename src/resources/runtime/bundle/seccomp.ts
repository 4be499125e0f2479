import { ALLOWED_SYSCALLS } from "./syscalls.ts";

type Comparison = "SCMP_CMP_EQ" | "SCMP_CMP_NE" | "SCMP_CMP_MASKED_EQ";

interface SyscallRule {
  readonly names: readonly string[];
  readonly action: "SCMP_ACT_ALLOW" | "SCMP_ACT_ERRNO";
  readonly errnoRet?: number;
  readonly args?: readonly { readonly index: number; readonly value: number; readonly valueTwo?: number; readonly op: Comparison }[];
}

export interface SeccompProfile {
  readonly defaultAction: "SCMP_ACT_ERRNO";
  readonly defaultErrnoRet: number;
  readonly architectures: readonly string[];
  readonly syscalls: readonly SyscallRule[];
}

/** A filter that knows it takes runtimes a fifth of a start longer to make, and few kernels have programs of that kind. */
const X32 = "SCMP_ARCH_X32";

/** By Node's name: the architectures whose programs a kernel of that architecture runs, and what only they have. */
const ARCHITECTURES: Readonly<Record<string, { readonly names: readonly string[]; readonly syscalls: readonly string[] }>> = {
  x64: { names: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", X32], syscalls: ["arch_prctl", "modify_ldt"] },
  arm64: {
    names: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
    syscalls: ["arm_fadvise64_64", "arm_sync_file_range", "sync_file_range2", "breakpoint", "cacheflush", "set_tls"],
  },
  riscv64: { names: ["SCMP_ARCH_RISCV64"], syscalls: ["riscv_flush_icache"] },
  ppc64: { names: ["SCMP_ARCH_PPC64LE"], syscalls: ["sync_file_range2", "swapcontext"] },
  s390x: { names: ["SCMP_ARCH_S390X", "SCMP_ARCH_S390"], syscalls: ["s390_pci_mmio_read", "s390_pci_mmio_write", "s390_runtime_instr"] },
};

const EPERM = 1;
const ENOSYS = 38;
const AF_VSOCK = 40;

/** Linux, BSD and 32-bit behaviour, alone and combined, and the question which is in force. */
const PERSONALITIES = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

/** Every flag that makes a namespace. */
const NAMESPACE_FLAGS = 0x7e020000;

/** What a capability is of no use without. */
const BY_CAPABILITY: Readonly<Record<string, string>> = {
  CAP_BPF: "bpf",
  CAP_DAC_READ_SEARCH: "open_by_handle_at",
  CAP_PERFMON: "perf_event_open",
  CAP_SYS_ADMIN: `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr move_mount open_tree
    perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare`,
  CAP_SYS_BOOT: "reboot",
  CAP_SYS_MODULE: "delete_module finit_module init_module",
  CAP_SYS_NICE: "get_mempolicy mbind set_mempolicy set_mempolicy_home_node",
  CAP_SYS_PACCT: "acct",
  CAP_SYS_PTRACE: "kcmp pidfd_getfd process_madvise",
  CAP_SYS_RAWIO: "ioperm iopl",
  CAP_SYS_TIME: "clock_settime clock_settime64 settimeofday stime",
  CAP_SYS_TTY_CONFIG: "vhangup",
  CAP_SYSLOG: "syslog",
};

/**
 * What Docker's default profile allows a process with these capabilities. With Docker's default ones: no namespaces,
 * mounts, modules, clocks, keys or tracing of the kernel. `clone3`, whose flags a filter cannot see, looks as if the
 * kernel had none.
 */
export function defaultSeccomp(
  architecture: string,
  capabilities: readonly string[],
  { hasX32 }: { readonly hasX32: boolean },
): SeccompProfile {
  const { names, syscalls } = ARCHITECTURES[architecture] ?? { names: [], syscalls: [] };
  const more = capabilities.flatMap((name) => BY_CAPABILITY[name]?.split(/\s+/) ?? []);
  const hasNamespaces = capabilities.includes("CAP_SYS_ADMIN");
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: EPERM,
    architectures: names.filter((name) => hasX32 || name !== X32),
    syscalls: [
      allow([...new Set([...ALLOWED_SYSCALLS, ...syscalls, ...more])]),
      allow(["socket"], { index: 0, value: AF_VSOCK, op: "SCMP_CMP_NE" }),
      ...PERSONALITIES.map((value) => allow(["personality"], { index: 0, value, op: "SCMP_CMP_EQ" })),
      ...(hasNamespaces ? [] : withoutNamespaces(architecture)),
    ],
  };
}

function withoutNamespaces(architecture: string): SyscallRule[] {
  return [
    // On s390 the flags are the second argument.
    allow(["clone"], { index: architecture === "s390x" ? 1 : 0, value: NAMESPACE_FLAGS, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }),
    { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
  ];
}

function allow(names: readonly string[], ...args: NonNullable<SyscallRule["args"]>[number][]): SyscallRule {
  return { names, action: "SCMP_ACT_ALLOW", ...(args.length === 0 ? {} : { args }) };
}
