import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";

import { readTar } from "../workbench/index.ts";

import { busyboxProgram } from "./bases.ts";
import { layerEntries } from "./layer-entries.ts";
import type { LayerEntry } from "./layer-entries.ts";

/** What a build has come to, without what differs from one build to the next. */
export interface BuildResult {
  /** The base image that it stands on, if any. */
  readonly base?: string;
  /** All of the config but its times and the digests of layers. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly history: readonly HistoryRow[];
  /** By path, base first; of the bases' own layers nothing. */
  readonly layers: readonly Readonly<Record<string, ComparedEntry>>[];
}

/** An entry whose time is kept where it was given, and the program that each machine has its own of by its name. */
export type ComparedEntry = Omit<LayerEntry, "size"> & { readonly size?: number | string };

export interface HistoryRow {
  readonly created_by?: string;
  readonly comment?: string;
  readonly author?: string;
  readonly empty_layer?: boolean;
}

interface ConfigDocument {
  readonly created?: string;
  readonly history: readonly (HistoryRow & { readonly created: string })[];
  readonly rootfs: { readonly diff_ids: readonly string[] | null };
}

/** Times of contexts and bases are older than this, those of a build newer. */
const BUILDS_BEGIN = Date.UTC(2024, 0, 1) / 1000;
const BUSYBOX_DIGEST = createHash("sha256")
  .update(busyboxProgram() ?? "")
  .digest("hex");

/**
 * Reads what `docker save` gave of one image.
 *
 * @param baseNames by the diff ID of the only layer: the bases that every engine was given.
 */
export function buildResult(archive: Buffer, baseNames: ReadonlyMap<string, string>): BuildResult {
  const { data } = readTar(archive);
  const json = (path: string): unknown => JSON.parse((data.get(path) ?? raise(`no ${path}`)).toString());
  const [image] = json("manifest.json") as { Config: string; Layers: string[] | null }[];
  if (image === undefined) throw new Error("the archive holds no image");
  const { created: _, history, rootfs, ...config } = json(image.Config) as ConfigDocument;
  const base = baseNames.get(rootfs.diff_ids?.[0] ?? "");
  const layers = (image.Layers ?? []).slice(base === undefined ? 0 : 1);
  return {
    ...(base !== undefined && { base }),
    config,
    history: history.map(({ created: _time, ...row }) => row),
    layers: layers.map((path) => comparedLayer(plain(data.get(path) ?? raise(`no ${path}`)))),
  };
}

export function comparedLayer(tar: Buffer): Record<string, ComparedEntry> {
  const entries: Record<string, LayerEntry> = layerEntries(tar);
  const sorted = Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    sorted.map(([path, entry]) => {
      const mtime = Number(entry.mtime) < BUILDS_BEGIN ? entry.mtime : "new";
      const program = entry.digest === BUSYBOX_DIGEST && { size: "busybox", digest: "busybox" };
      return [path, { ...entry, mtime, ...program }];
    }),
  );
}

function plain(layer: Buffer): Buffer {
  return layer.readUInt16BE(0) === 0x1f8b ? gunzipSync(layer) : layer;
}

function raise(problem: string): never {
  throw new Error(`not an archive of an image: ${problem}`);
}
