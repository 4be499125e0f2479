import { hash } from "node:crypto";

/** The key of a step with these inputs. */
export function cacheKey(...inputs: readonly unknown[]): string {
  return hash("sha256", JSON.stringify(inputs));
}
