import type { ImageId } from "#oci";
import type { ImageDeps } from "./image-deps.ts";

/** Tells of an image what Docker tells: its labels and one `name`. */
export function publishImageEvent(deps: Pick<ImageDeps, "events" | "catalog">, action: string, id: ImageId, name: string): void {
  const labels = deps.catalog.find(id)?.labels;
  deps.events.publish({ type: "image", action, actor: { id, attributes: { ...labels, name } } });
}
