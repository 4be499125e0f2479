import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TarInput } from "#archive";

import { tarOf } from "../runtime/chains.ts";

import { oddities } from "./oddities.ts";

const CASES = fileURLToPath(new URL("../fixtures/dockerfiles", import.meta.url));

/** Of everything in a context that says nothing else. */
export const CONTEXT_TIME = { seconds: 1_609_502_400, nanoseconds: 0 };

/** Folders of the suite, each a context with its Dockerfile. */
export const caseNames: readonly string[] = readdirSync(CASES).sort();

export function dockerfileOf(name: string): string {
  return readFileSync(`${CASES}/${name}/Dockerfile`, "utf8");
}

/** The context as a tar: the folder's files with fixed times and owners, then what a checkout could not hold. */
export function contextTar(name: string): Promise<Buffer> {
  return tarOf([...entriesBelow(`${CASES}/${name}`, ""), ...(oddities[name] ?? [])]);
}

function entriesBelow(folder: string, prefix: string): TarInput[] {
  const names = readdirSync(folder).sort();
  return names.flatMap((name) => entriesAt(`${folder}/${name}`, `${prefix}${name}`));
}

function entriesAt(source: string, path: string): TarInput[] {
  const stat = lstatSync(source);
  if (stat.isDirectory()) {
    return [{ header: { type: "directory", path, mode: 0o755, mtime: CONTEXT_TIME } }, ...entriesBelow(source, `${path}/`)];
  }
  if (stat.isSymbolicLink())
    return [{ header: { type: "symlink", mode: 0o777, path, linkPath: readlinkSync(source), mtime: CONTEXT_TIME } }];
  const mode = (stat.mode & 0o100) === 0 ? 0o644 : 0o755;
  return [{ header: { type: "file", path, mode, mtime: CONTEXT_TIME, size: stat.size }, body: readFileSync(source) }];
}
