import type { HistoryItem } from "#images";
import type { ImageHistoryJson } from "#wire";

/** `GET /images/{name}/history`: the same in all versions. */
export function encodeHistory({ id, created, createdBy, comment, size, names }: HistoryItem): ImageHistoryJson {
  return {
    Comment: comment,
    Created: created,
    CreatedBy: createdBy,
    Id: id ?? "<missing>",
    Size: size,
    Tags: names.length === 0 ? null : names,
  };
}
