import { encodeForm } from "#wire";
import type { FormPart } from "#wire";
import { readArchive } from "../archive-stream.ts";
import { registriesHeader } from "../credentials.ts";
import type { Credentials } from "../credentials.ts";
import { readProgress } from "../progress.ts";
import type { Progress } from "../progress.ts";
import { Query } from "../query.ts";
import { open } from "../session.ts";
import type { Call, Cancellable, Session } from "../session.ts";
import { streamOf } from "../stream.ts";
import type { Stream } from "../stream.ts";

/** In one piece or as a stream. */
export type Bytes = Uint8Array | AsyncIterable<Uint8Array>;

/** The files to build from are `context` or come from `remote`. */
export interface ImageBuildOptions extends Cancellable {
  /** A tar in any compression. */
  readonly context?: Bytes;
  /**
   * Further contexts, by the name that FROM or `--from` says: tars, or where the engine gets the files:
   * `docker-image://NAME`, a git repository, a URL. Only Slipway knows them.
   */
  readonly contexts?: Readonly<Record<string, Bytes | string>>;
  /** By ID: what `RUN --mount=type=secret` shows. Only Slipway knows them. */
  readonly secrets?: Readonly<Record<string, Uint8Array>>;
  /** By ID: private keys for the agent of `RUN --mount=type=ssh`; `default` is the ID that needs no saying. Only Slipway knows them. */
  readonly sshKeys?: Readonly<Record<string, Uint8Array>>;
  /** A git repository, or the URL of a tar or a Dockerfile, that the engine reads. */
  readonly remote?: string;
  /** Path in the context: `Dockerfile` unless given. */
  readonly dockerfile?: string;
  /** Names for the image; without any it stays untagged. */
  readonly tags?: readonly string[];
  /** `null` for an argument without a value. */
  readonly buildArgs?: Readonly<Record<string, string | null>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** The stage to build; the last unless given. Since 1.29. */
  readonly target?: string;
  /** `os[/arch[/variant]]`. Since 1.32. */
  readonly platform?: string;
  readonly noCache?: boolean;
  /** Ask registries for the base images even if they are there. */
  readonly pull?: boolean;
  /** Images whose layers may be taken for steps that made them. Since 1.25. */
  readonly cacheFrom?: readonly string[];
  /** One layer on top of the base image. Since 1.25. */
  readonly squash?: boolean;
  /** Of every RUN. Since 1.25. */
  readonly network?: "default" | "host" | "none";
  /** Addresses by host name, for every RUN. Since 1.28. */
  readonly extraHosts?: Readonly<Record<string, string>>;
  /** What every RUN may use. */
  readonly limits?: BuildLimits;
  /** By registry, `host[:port]`. */
  readonly credentials?: Readonly<Record<string, Credentials>>;
}

/** Sizes in bytes, times in microseconds. */
export interface BuildLimits {
  readonly memory?: number;
  /** Memory and swap together; -1 is without limit. */
  readonly memorySwap?: number;
  readonly shmSize?: number;
  readonly cpuShares?: number;
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  /** `0-2,4` */
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  readonly cgroupParent?: string;
  readonly ulimits?: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
}

export interface BuiltImage {
  readonly id: string;
}

/** Sends the context while it reads progress: the text of the build is in `stream`. */
export async function* imageBuild(session: Session, options: ImageBuildOptions): AsyncGenerator<Progress, BuiltImage> {
  let id = "";
  for await (const progress of readProgress(session, buildCall(session, options))) {
    id = idIn(progress.aux) ?? id;
    yield progress;
  }
  return { id };
}

export interface ImageBuildArchiveOptions extends ImageBuildOptions {
  /** `tar`: the files of the result, and no image. `oci`: the archive of the image, which the engine stores as ever. */
  readonly output: "tar" | "oci";
}

/** Builds, and gives what was built instead of the progress. Since 1.40; only Slipway answers so. */
export async function imageBuildArchive(session: Session, options: ImageBuildArchiveOptions): Promise<Stream<Uint8Array>> {
  const call = buildCall(session, options);
  call.query.json("outputs", [{ Type: options.output, Attrs: {} }], { since: "1.40" });
  const response = await open(session, call);
  return streamOf(readArchive(response), response);
}

function buildCall(session: Session, options: ImageBuildOptions): Call & { readonly query: Query } {
  const { credentials = {}, signal } = options;
  const { type, body } = buildBody(options);
  return {
    method: "POST",
    path: "/build",
    query: limit(buildQuery(session, options), options.limits ?? {}),
    headers: { "Content-Type": type, ...registriesHeader(credentials) },
    ...(body !== undefined && { body }),
    signal,
  };
}

/** A form as soon as there is more to send than a context. */
function buildBody({ context, contexts = {}, secrets = {}, sshKeys = {} }: ImageBuildOptions): {
  readonly type: string;
  readonly body?: AsyncIterable<Uint8Array>;
} {
  const parts: FormPart[] = Object.entries(secrets).map(([id, value]) => ({ name: `secret:${id}`, body: stream(value) }));
  for (const [id, key] of Object.entries(sshKeys)) parts.push({ name: `ssh:${id}`, body: stream(key) });
  for (const [name, tar] of Object.entries(contexts)) {
    if (typeof tar !== "string") parts.push({ name: `context:${name}`, body: stream(tar) });
  }
  if (parts.length === 0) return { type: "application/x-tar", ...(context !== undefined && { body: stream(context) }) };
  if (context !== undefined) parts.push({ name: "context", body: stream(context) });
  const boundary = `slipway-${crypto.randomUUID()}`;
  return { type: `multipart/form-data; boundary=${boundary}`, body: encodeForm(parts, boundary) };
}

function buildQuery({ apiVersion }: Session, options: ImageBuildOptions): Query {
  const { extraHosts = {}, contexts = {} } = options;
  const origins = Object.entries(contexts).filter(([, origin]) => typeof origin === "string");
  return new Query("imageBuild", apiVersion)
    .text("dockerfile", options.dockerfile)
    .text("remote", options.remote)
    .texts("t", options.tags)
    .json("buildargs", options.buildArgs)
    .json("labels", options.labels)
    .json("contexts", origins.length === 0 ? undefined : Object.fromEntries(origins))
    .flag("nocache", options.noCache)
    .flag("pull", options.pull)
    .text("target", options.target, { since: "1.29" })
    .text("platform", options.platform, { since: "1.32" })
    .json("cachefrom", options.cacheFrom, { since: "1.25" })
    .flag("squash", options.squash, { since: "1.25" })
    .text("networkmode", options.network, { since: "1.25" })
    .texts(
      "extrahosts",
      Object.entries(extraHosts).map(([host, address]) => `${host}:${address}`),
      { since: "1.28" },
    );
}

function limit(query: Query, { ulimits, ...limits }: BuildLimits): Query {
  return query
    .number("memory", limits.memory)
    .number("memswap", limits.memorySwap)
    .number("shmsize", limits.shmSize)
    .number("cpushares", limits.cpuShares)
    .number("cpuperiod", limits.cpuPeriod)
    .number("cpuquota", limits.cpuQuota)
    .text("cpusetcpus", limits.cpusetCpus)
    .text("cpusetmems", limits.cpusetMems)
    .text("cgroupparent", limits.cgroupParent)
    .json(
      "ulimits",
      ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    );
}

async function* stream(bytes: Bytes): AsyncGenerator<Uint8Array> {
  if (bytes instanceof Uint8Array) yield bytes;
  else yield* bytes;
}

/** Every stage tells its image; the last is the build's. */
function idIn(aux: unknown): string | undefined {
  if (typeof aux !== "object" || aux === null || !("ID" in aux)) return undefined;
  return typeof aux.ID === "string" ? aux.ID : undefined;
}
