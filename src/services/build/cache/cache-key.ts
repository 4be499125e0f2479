import { createHash } from "node:crypto";

/** The key of a step with these inputs. */
export function cacheKey(...inputs: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(inputs)).digest("hex");
}
