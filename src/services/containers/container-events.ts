import type { ContainerDeps } from "./container-deps.ts";
import type { Container } from "./container.ts";

/** Tells of a container what Docker tells: its labels, its image as it was named, its name, and what this action adds. */
export function publishContainerEvent(
  { events }: Pick<ContainerDeps, "events">,
  action: string,
  { id, record }: Container,
  added: Readonly<Record<string, string>> = {},
): void {
  const { config, name } = record;
  const attributes = { ...config.Labels, ...added, image: config.Image, name };
  events.publish({ type: "container", action, actor: { id, attributes } });
}
