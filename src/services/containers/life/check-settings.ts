import { checkLogDriver } from "../streams/open-streams.ts";
import type { ContainerCreateRequest } from "../types.ts";

/** What can be said of a wish before anything is looked for. Gives warnings. @throws invalid-argument in Docker's words. */
export function checkSettings({ hostConfig }: ContainerCreateRequest): string[] {
  checkLogDriver(hostConfig);
  return [];
}
