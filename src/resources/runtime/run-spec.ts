/** What runs, and on what. Paths of the process are absolute and inside `root`; those of the machine are marked so. */
export interface RunSpec {
  /** On the machine: where the file system is mounted that becomes the process's own. */
  readonly root: string;
  /** The program and its arguments, as they are. */
  readonly args: readonly string[];
  /** `NAME=value`. `PATH` and `HOME` are filled in when they are missing. */
  readonly env: readonly string[];
  /** As in an image config: `name`, `uid`, either with `:group`; empty for root. */
  readonly user: string;
  /** Made when it is missing. */
  readonly cwd: string;
  readonly hostname: string;
  /**
   * `none`: nothing but a loopback of its own. `host`: the machine's. `default`: its own, from which the outside can be
   * reached but not the machine's loopback.
   */
  readonly network: "default" | "none" | "host";
  /** Lines for /etc/hosts. */
  readonly extraHosts?: readonly { readonly host: string; readonly ip: string }[];
  /** Laid over the root in order of their depth. */
  readonly mounts?: readonly ExtraMount[];
  readonly limits?: ResourceLimits;
  readonly ulimits?: readonly Ulimit[];
  /** Bytes of /dev/shm; default 64 MiB. */
  readonly shmSize?: number;
  /** All capabilities, devices and system calls: `RUN --security=insecure`. Default false. */
  readonly isInsecure?: boolean;
  /** On the machine: below which control group the process gets its own. */
  readonly cgroupParent?: string;
}

/**
 * What runs until it ends or is ended, with all that Docker lets one say. Texts are as Docker's `HostConfig` has them;
 * what is left out is Docker's default.
 */
export interface ContainerSpec extends Omit<RunSpec, "network"> {
  /** Names the container and its control group; 64 hexadecimal digits, and never two at once. */
  readonly id: string;
  /** On the machine: where `hosts`, `hostname` and `resolv.conf` of the container are written at its start. */
  readonly folder: string;
  readonly network: RunSpec["network"] | JoinedContainer;
  readonly keepsInputOpen: boolean;
  /** Its streams are a terminal of this size, or of none in particular. */
  readonly terminal?: TerminalSize | undefined;
  readonly domainname?: string;
  readonly dns?: readonly string[];
  readonly dnsSearch?: readonly string[];
  readonly dnsOptions?: readonly string[];
  /** Names with or without `CAP_`, or `ALL`. */
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  /** As `isInsecure`, and with the devices of the machine. */
  readonly isPrivileged?: boolean;
  readonly isRootReadonly?: boolean;
  /** Its first process is one that reaps and forwards signals. */
  readonly hasInit?: boolean;
  /** Groups by name or number. */
  readonly groupAdd?: readonly string[];
  readonly devices?: readonly DeviceRequest[];
  /** `c 1:3 rwm` */
  readonly deviceCgroupRules?: readonly string[];
  readonly sysctls?: Readonly<Record<string, string>>;
  /** `no-new-privileges`, `seccomp=unconfined`, `seccomp=<profile>`, `apparmor=…`, `label=…`. */
  readonly securityOptions?: readonly string[];
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  /** `none` is private, and without /dev/shm. */
  readonly ipc?: "private" | "none" | "shareable" | "host" | JoinedContainer;
  readonly pid?: "private" | "host" | JoinedContainer;
  readonly uts?: "private" | "host";
  /** Default: private with version 2 of control groups only. */
  readonly cgroupNamespace?: "private" | "host";
  readonly oomScoreAdj?: number;
}

/** A container that runs, whose namespace another one shares. */
export interface JoinedContainer {
  readonly id: string;
  readonly pid: number;
  /** Where its own files are. */
  readonly folder: string;
}

export interface DeviceRequest {
  readonly source: string;
  readonly target: string;
  /** Of `r`, `w` and `m`. */
  readonly permissions: string;
}

/** One more process in a container; what is left out is the container's own. */
export interface ExecSpec {
  readonly args: readonly string[];
  /** Beside the container's own, and before it. */
  readonly env?: readonly string[];
  readonly user?: string;
  readonly cwd?: string;
  /** All capabilities. */
  readonly isPrivileged?: boolean;
  readonly keepsInputOpen: boolean;
  /** Its streams are a terminal of this size, or of none in particular. */
  readonly terminal?: TerminalSize | undefined;
}

/** In characters; zero for nothing in particular. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

export type ExtraMount =
  | {
      readonly type: "bind";
      /** On the machine: a file or directory. */
      readonly source: string;
      readonly target: string;
      readonly isReadonly: boolean;
      readonly isFile: boolean;
      /** Of what is mounted there later, on either side; default `rprivate`. */
      readonly propagation?: Propagation | undefined;
      /** Without what is mounted below it. */
      readonly isShallow?: boolean;
    }
  | {
      readonly type: "tmpfs";
      readonly target: string;
      /** Bytes; default what the kernel allows. */
      readonly size?: number | undefined;
      /** As mount(8) takes them, over Docker's own: `noexec`, `nosuid`, `nodev`. */
      readonly options?: string;
    };

export type Propagation = "rprivate" | "private" | "rshared" | "shared" | "rslave" | "slave";

/** As in Docker's API; what is left out is not limited, but for processes. */
export interface ResourceLimits {
  /** Bytes. */
  readonly memory?: number | undefined;
  /** Bytes of memory and swap together; -1 for any amount of swap. */
  readonly memorySwap?: number | undefined;
  readonly cpuShares?: number | undefined;
  /** Microseconds of `cpuPeriod`. */
  readonly cpuQuota?: number | undefined;
  readonly cpuPeriod?: number | undefined;
  /** `0-3`, `0,1`. */
  readonly cpusetCpus?: string | undefined;
  readonly cpusetMems?: string | undefined;
  /** Processes and threads at once; 8192 when it is left out. */
  readonly pids?: number | undefined;
  /** Bytes that are left to it when memory gets short. */
  readonly memoryReservation?: number | undefined;
  /** 0 to 100; with version 1 of control groups. */
  readonly memorySwappiness?: number | undefined;
  /** Waits for memory instead of being killed; with version 1 of control groups. */
  readonly isOomKillDisabled?: boolean | undefined;
  /** Microseconds of `cpuRealtimePeriod`. */
  readonly cpuRealtimeRuntime?: number | undefined;
  readonly cpuRealtimePeriod?: number | undefined;
  /** 10 to 1000. */
  readonly blkioWeight?: number | undefined;
  readonly blkioWeightDevices?: readonly DeviceRate[];
  /** Bytes a second. */
  readonly blkioReadBps?: readonly DeviceRate[];
  readonly blkioWriteBps?: readonly DeviceRate[];
  /** Operations a second. */
  readonly blkioReadIops?: readonly DeviceRate[];
  readonly blkioWriteIops?: readonly DeviceRate[];
}

export interface DeviceRate {
  /** On the machine: a device. */
  readonly path: string;
  readonly rate: number;
}

export interface Ulimit {
  /** Without `RLIMIT_`, in lower case. */
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

export interface Output {
  readonly stream: "stdout" | "stderr";
  readonly bytes: Uint8Array;
}

export interface RunOptions {
  /** Kills everything that runs in there, and resolves the call (by `cancelled`) when nothing of it is left. */
  readonly signal?: AbortSignal | undefined;
  /** Called in the order of arrival, one call at a time per stream; the process waits while it is not done. */
  readonly onOutput: (output: Output) => void | Promise<void>;
}

export interface RunResult {
  /** 128 + n when signal n ended the process. */
  readonly exitCode: number;
}
