import assert from "node:assert/strict";

/** What is wrong with a value, at its path; nothing when it is right. */
export type Check = (value: unknown, path: string) => readonly string[];

/** Throws with everything that is wrong at once. */
export function assertShape(value: unknown, check: Check, what: string): void {
  assert.deepEqual(check(value, what), []);
}

const is =
  (what: string, holds: (value: unknown) => boolean): Check =>
  (value, path) =>
    holds(value) ? [] : [`${path} is ${JSON.stringify(value)?.slice(0, 80)}, expected ${what}`];

const text = is("text", (value) => typeof value === "string");
const whole = is("a whole number", (value) => Number.isSafeInteger(value));
const size = is("a size", (value) => Number.isSafeInteger(value) && Number(value) >= 0);
const flag = is("true or false", (value) => typeof value === "boolean");
const digest = is("a digest", (value) => typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value));
const moment = is(
  "RFC 3339",
  (value) => typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value),
);
const anything = is("anything", () => true);
const object = is("an object", (value) => typeof value === "object" && value !== null && !Array.isArray(value));

const orNull =
  (check: Check): Check =>
  (value, path) =>
    value === null ? [] : check(value, path);

const listOf =
  (check: Check): Check =>
  (value, path) =>
    Array.isArray(value) ? value.flatMap((entry, index) => check(entry, `${path}[${index}]`)) : [`${path} is no array`];

const mapOf =
  (check: Check): Check =>
  (value, path) => [
    ...object(value, path),
    ...Object.entries(value ?? {}).flatMap(([key, entry]) => check(entry, `${path}[${JSON.stringify(key)}]`)),
  ];

/** `members` must be there, `optional` may be, and nothing else unless `open`. */
function members(required: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}, open = false): Check {
  return (value, path) => {
    if (typeof value !== "object" || value === null) return [`${path} is no object`];
    const entries = new Map(Object.entries(value));
    const missing = Object.keys(required).filter((key) => !entries.has(key));
    return [
      ...missing.map((key) => `${path}.${key} is missing`),
      ...[...entries].flatMap(([key, member]) => {
        const check = required[key] ?? optional[key];
        if (check !== undefined) return check(member, `${path}.${key}`);
        return open ? [] : [`${path}.${key} is not a member of this version`];
      }),
    ];
  };
}

const labels = orNull(mapOf(text));
const descriptor = members(
  { mediaType: text, digest, size },
  { annotations: mapOf(text), urls: listOf(text), artifactType: text, platform: object },
);

const manifestSummary = members(
  { ID: digest, Descriptor: descriptor, Available: flag, Size: members({ Content: size, Total: size }), Kind: text },
  {
    ImageData: members({ Platform: object, Size: members({ Unpacked: size }), Containers: orNull(listOf(text)) }, { Identity: object }),
    AttestationData: members({ For: digest }),
  },
);

function minor(apiVersion: string): number {
  return Number(apiVersion.split(".")[1]);
}

export function imageSummary(apiVersion: string, { isUsage = false } = {}): Check {
  const version = minor(apiVersion);
  const references = version >= 43 && !isUsage ? listOf(text) : orNull(listOf(text));
  const always = {
    Id: digest,
    ParentId: text,
    RepoTags: references,
    RepoDigests: references,
    Created: whole,
    Size: size,
    SharedSize: whole,
  };
  return members(
    { ...always, Labels: labels, Containers: whole, ...(version < 44 && { VirtualSize: size }) },
    { ...((version >= 48 || isUsage) && { Descriptor: descriptor }), ...(version >= 47 && { Manifests: listOf(manifestSummary) }) },
  );
}

export function imageInspect(apiVersion: string): Check {
  const version = minor(apiVersion);
  const untilOmitted = { Parent: text, Comment: text, Author: text, DockerVersion: text };
  const graphDriver = { GraphDriver: members({ Name: text, Data: orNull(object) }) };
  return members(
    {
      Id: digest,
      RepoTags: listOf(text),
      RepoDigests: listOf(text),
      ...(version < 52 && { ...untilOmitted, ...graphDriver }),
      ...(version < 44 && { Created: moment, VirtualSize: size }),
      Config: imageConfig(version),
      Architecture: text,
      Os: text,
      Size: size,
      RootFS: members({ Type: text }, { Layers: listOf(digest) }),
      Metadata: members({ LastTagTime: moment }),
    },
    {
      Created: moment,
      ...(version >= 52 && { ...untilOmitted, ...graphDriver }),
      Variant: text,
      OsVersion: text,
      ...(version < 45 && { Container: text, ContainerConfig: orNull(object) }),
      ...(version >= 48 && { Descriptor: descriptor, Manifests: listOf(manifestSummary) }),
      ...(version >= 53 && { Identity: object }),
    },
  );
}

function imageConfig(version: number): Check {
  const texts = orNull(listOf(text));
  const image = {
    User: text,
    Env: texts,
    Cmd: texts,
    Volumes: orNull(object),
    WorkingDir: text,
    Entrypoint: texts,
    OnBuild: texts,
    Labels: labels,
  };
  const container = {
    Hostname: text,
    Domainname: text,
    AttachStdin: flag,
    AttachStdout: flag,
    AttachStderr: flag,
    Tty: flag,
    OpenStdin: flag,
    StdinOnce: flag,
    Image: text,
  };
  const whenSet = { ExposedPorts: object, Healthcheck: object, ArgsEscaped: flag, StopSignal: text, Shell: listOf(text) };
  if (version >= 52) return members({}, { ...image, ...whenSet });
  return members({ ...image, ...(version < 50 && container) }, whenSet);
}

export const imageHistory = listOf(
  members({ Id: text, Created: whole, CreatedBy: text, Tags: orNull(listOf(text)), Size: size, Comment: text }),
);

export function event(apiVersion: string): Check {
  const legacy = { status: text, id: text, from: text };
  const actor = members({ ID: text, Attributes: mapOf(text) });
  return members(
    { Type: text, Action: text, Actor: actor, scope: text, time: whole, timeNano: anything },
    minor(apiVersion) < 52 ? legacy : {},
  );
}

export const version = members(
  { Version: text, ApiVersion: text, MinAPIVersion: text, Os: text, Arch: text, GitCommit: text, GoVersion: text },
  {
    Platform: members({ Name: text }),
    Components: listOf(members({ Name: text, Version: text }, { Details: mapOf(text) })),
    KernelVersion: text,
    Experimental: flag,
    BuildTime: text,
  },
);

/** What image clients read; other members may be there. */
export const info = members(
  {
    ID: text,
    Containers: whole,
    ContainersRunning: whole,
    ContainersPaused: whole,
    ContainersStopped: whole,
    Images: whole,
    Driver: text,
    DriverStatus: orNull(listOf(listOf(text))),
    Plugins: object,
    SystemTime: moment,
    KernelVersion: text,
    OperatingSystem: text,
    OSType: text,
    Architecture: text,
    IndexServerAddress: text,
    RegistryConfig: object,
    NCPU: whole,
    MemTotal: size,
    Name: text,
    Labels: orNull(listOf(text)),
    ExperimentalBuild: flag,
    ServerVersion: text,
    DefaultRuntime: text,
    Swarm: object,
    LiveRestoreEnabled: flag,
    SecurityOptions: orNull(listOf(text)),
    Warnings: orNull(listOf(text)),
    ContainerdCommit: object,
    RuncCommit: object,
    InitCommit: object,
  },
  {},
  true,
);

export function diskUsage(apiVersion: string): Check {
  const images = orNull(listOf(imageSummary(apiVersion, { isUsage: true })));
  const lists = {
    LayersSize: size,
    Images: images,
    Containers: orNull(listOf(object)),
    Volumes: orNull(listOf(object)),
    BuildCache: orNull(listOf(object)),
  };
  const usage = members({}, { ActiveCount: size, TotalCount: size, Reclaimable: size, TotalSize: size, Items: orNull(listOf(object)) });
  const usages = { ImageUsage: usage, ContainerUsage: usage, VolumeUsage: usage, BuildCacheUsage: usage };
  return minor(apiVersion) < 52 ? members({}, { ...lists, BuilderSize: size }) : members({}, { ...lists, ...usages });
}
