import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { BuildResult } from "./build-result.ts";

export function recordedPath(name: string): string {
  return fileURLToPath(new URL(`recorded/${name}.json`, import.meta.url));
}

/** What the reference engine has built of a case; undefined as long as it was not asked. */
export function readRecorded(name: string): BuildResult | undefined {
  const path = recordedPath(name);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as BuildResult) : undefined;
}

/** The text that is kept: a line for each row of the history and each entry of a layer. */
export function recordedText({ base, config, history, layers }: BuildResult): string {
  const rows = history.map((row) => JSON.stringify(row)).join(",\n");
  const entries = layers.map((layer) => {
    const lines = Object.entries(layer).map(([path, entry]) => `${JSON.stringify(path)}: ${JSON.stringify(entry)}`);
    return `{\n${lines.join(",\n")}\n}`;
  });
  return `{${base === undefined ? "" : `"base": ${JSON.stringify(base)},\n`}"config": ${JSON.stringify(config)},\n"history": [\n${rows}\n],\n"layers": [\n${entries.join(",\n")}\n]}\n`;
}
