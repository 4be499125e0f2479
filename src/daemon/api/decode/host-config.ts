import type { DeviceMapping, DeviceRequest, HostConfig, HostResources, HostUlimit, MountRequest, ThrottleDevice, WeightDevice } from "#oci";
import { goBool, goInt, goList, goMap, goPair, goPointer, goString, goStruct, omitEmpty, omitNull } from "#wire";
import type { GoFields, GoType } from "#wire";

const text = goString();
const flag = goBool();
const int64 = goInt("int64");
const strings = goList(text, "[]string");
const stringMap = goMap(text, "map[string]string");

const throttleDevices: GoType<readonly ThrottleDevice[] | null> = goList(
  goStruct<ThrottleDevice>("blkiodev.ThrottleDevice", { Path: text, Rate: goInt("uint64") }),
  "[]*blkiodev.ThrottleDevice",
);
const weightDevices: GoType<readonly WeightDevice[] | null> = goList(
  goStruct<WeightDevice>("blkiodev.WeightDevice", { Path: text, Weight: goInt("uint16") }),
  "[]*blkiodev.WeightDevice",
);
const devices = goList(
  goStruct<DeviceMapping>("container.DeviceMapping", { PathOnHost: text, PathInContainer: text, CgroupPermissions: text }),
  "[]container.DeviceMapping",
);
const deviceRequests = goList(
  goStruct<DeviceRequest>("container.DeviceRequest", {
    Driver: text,
    Count: goInt("int"),
    DeviceIDs: strings,
    Capabilities: goList(strings, "[][]string"),
    Options: stringMap,
  }),
  "[]container.DeviceRequest",
);

/** In Docker's order: it is the order in which they are shown, too. */
export const RESOURCE_FIELDS: GoFields<HostResources> = {
  CpuShares: int64,
  Memory: int64,
  NanoCpus: int64,
  CgroupParent: text,
  BlkioWeight: goInt("uint16"),
  BlkioWeightDevice: weightDevices,
  BlkioDeviceReadBps: throttleDevices,
  BlkioDeviceWriteBps: throttleDevices,
  BlkioDeviceReadIOps: throttleDevices,
  BlkioDeviceWriteIOps: throttleDevices,
  CpuPeriod: int64,
  CpuQuota: int64,
  CpuRealtimePeriod: int64,
  CpuRealtimeRuntime: int64,
  CpusetCpus: text,
  CpusetMems: text,
  Devices: devices,
  DeviceCgroupRules: strings,
  DeviceRequests: deviceRequests,
  KernelMemory: omitEmpty(int64),
  KernelMemoryTCP: omitEmpty(int64),
  MemoryReservation: int64,
  MemorySwap: int64,
  MemorySwappiness: goPointer(int64),
  OomKillDisable: goPointer(flag),
  PidsLimit: goPointer(int64),
  Ulimits: goList(goStruct<HostUlimit>("units.Ulimit", { Name: text, Hard: int64, Soft: int64 }), "[]*units.Ulimit"),
  CpuCount: int64,
  CpuPercent: int64,
  IOMaximumIOps: goInt("uint64"),
  IOMaximumBandwidth: goInt("uint64"),
};

const mount = goStruct<MountRequest>("mount.Mount", {
  Type: goString("mount.Type"),
  Source: omitEmpty(text),
  Target: omitEmpty(text),
  ReadOnly: omitEmpty(flag),
  Consistency: omitEmpty(goString("mount.Consistency")),
  BindOptions: omitNull(
    goStruct<NonNullable<MountRequest["BindOptions"]>>("mount.BindOptions", {
      Propagation: omitEmpty(goString("mount.Propagation")),
      NonRecursive: omitEmpty(flag),
      CreateMountpoint: omitEmpty(flag),
      ReadOnlyNonRecursive: omitEmpty(flag),
      ReadOnlyForceRecursive: omitEmpty(flag),
    }),
  ),
  VolumeOptions: omitNull(
    goStruct<NonNullable<MountRequest["VolumeOptions"]>>("mount.VolumeOptions", {
      NoCopy: omitEmpty(flag),
      Labels: omitEmpty(stringMap),
      Subpath: omitEmpty(text),
      DriverConfig: omitNull(
        goStruct<NonNullable<NonNullable<MountRequest["VolumeOptions"]>["DriverConfig"]>>("mount.Driver", {
          Name: omitEmpty(text),
          Options: omitEmpty(stringMap),
        }),
      ),
    }),
  ),
  ImageOptions: omitNull(goStruct<NonNullable<MountRequest["ImageOptions"]>>("mount.ImageOptions", { Subpath: omitEmpty(text) })),
  TmpfsOptions: omitNull(
    goStruct<NonNullable<MountRequest["TmpfsOptions"]>>("mount.TmpfsOptions", {
      SizeBytes: omitEmpty(int64),
      Mode: omitEmpty(goInt("uint32", "os.FileMode")),
      Options: omitEmpty(goList(goList(text, "[]string"), "[][]string")),
    }),
  ),
});

export const RESTART_POLICY = goStruct<HostConfig["RestartPolicy"]>("container.RestartPolicy", {
  Name: goString("container.RestartPolicyMode"),
  MaximumRetryCount: goInt("int"),
});

/** How `HostConfig` is read, and in which order it is shown. */
export const HOST_CONFIG = goStruct<HostConfig>("container.HostConfig", {
  Binds: strings,
  ContainerIDFile: text,
  LogConfig: goStruct<HostConfig["LogConfig"]>("container.LogConfig", { Type: text, Config: stringMap }),
  NetworkMode: goString("container.NetworkMode"),
  PortBindings: goMap(goList(goStruct("nat.PortBinding", { HostIp: text, HostPort: text }), "[]nat.PortBinding"), "nat.PortMap"),
  RestartPolicy: RESTART_POLICY,
  AutoRemove: flag,
  VolumeDriver: text,
  VolumesFrom: strings,
  ConsoleSize: goPair(goInt("uint"), "[2]uint"),
  Annotations: omitEmpty(stringMap),
  CapAdd: strings,
  CapDrop: strings,
  CgroupnsMode: goString("container.CgroupnsMode"),
  Dns: strings,
  DnsOptions: strings,
  DnsSearch: strings,
  ExtraHosts: strings,
  GroupAdd: strings,
  IpcMode: goString("container.IpcMode"),
  Cgroup: goString("container.CgroupSpec"),
  Links: strings,
  OomScoreAdj: goInt("int"),
  PidMode: goString("container.PidMode"),
  Privileged: flag,
  PublishAllPorts: flag,
  ReadonlyRootfs: flag,
  SecurityOpt: strings,
  StorageOpt: omitEmpty(stringMap),
  Tmpfs: omitEmpty(stringMap),
  UTSMode: goString("container.UTSMode"),
  UsernsMode: goString("container.UsernsMode"),
  ShmSize: int64,
  Sysctls: omitEmpty(stringMap),
  Runtime: text,
  Isolation: goString("container.Isolation"),
  ...RESOURCE_FIELDS,
  Mounts: omitEmpty(goList(mount, "[]mount.Mount")),
  MaskedPaths: strings,
  ReadonlyPaths: strings,
  Init: omitNull(flag),
});
