import type { ContainerCreateRequest } from "../types.ts";

/** What can be said of a wish before anything is looked for. Gives warnings. @throws invalid-argument in Docker's words. */
export function checkSettings(_request: ContainerCreateRequest): string[] {
  return [];
}
