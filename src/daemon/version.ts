import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The version in the package's manifest, which is one folder further away in the sources than in the published package. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(fileURLToPath(import.meta.resolve("#manifest")), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest && typeof manifest.version === "string")
    return manifest.version;
  throw new Error("the package's manifest has no version");
}
