import type { ContainerRecord } from "#container-records";
import { orderedConfig } from "#oci";
import type { ContainerConfig, DiffId, HistoryEntry, ImageConfig } from "#oci";

export interface CommittedParts {
  readonly record: ContainerRecord;
  /** What the container was made of; undefined for nothing. */
  readonly base: ImageConfig | undefined;
  readonly config: ContainerConfig;
  /** Of the new layer; undefined when nothing was changed. */
  readonly diffId: DiffId | undefined;
  readonly comment: string;
  readonly author?: string | undefined;
  readonly created: Date;
}

/** The config of an image that is made of a container, member for member in the order of the image specification. */
export function committedConfig({ record, base, config, diffId, comment, author = "", created }: CommittedParts): Uint8Array {
  const time = created.toISOString();
  const { os, architecture, variant } = base ?? record.platform;
  const entry: HistoryEntry = {
    created: time,
    ...(author !== "" && { author }),
    created_by: (record.config.Cmd ?? []).join(" "),
    ...(comment !== "" && { comment }),
    ...(diffId === undefined && { empty_layer: true }),
  };
  const json = {
    architecture,
    ...(variant !== undefined && { variant }),
    ...(author !== "" && { author }),
    config: orderedConfig(config),
    created: time,
    history: [...(base?.history ?? []), entry],
    os,
    ...(base?.osVersion !== undefined && { "os.version": base.osVersion }),
    ...(base?.osFeatures !== undefined && { "os.features": base.osFeatures }),
    rootfs: { type: "layers", diff_ids: [...record.layers.map((layer) => layer.diffId), ...(diffId === undefined ? [] : [diffId])] },
  };
  return Buffer.from(JSON.stringify(json));
}
