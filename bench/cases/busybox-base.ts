import { existsSync, readFileSync } from "node:fs";
import { CORPUS_LABEL } from "../corpus/archive.ts";
import { tarEnd, tarFile } from "../corpus/tar-writer.ts";
import type { EngineClient } from "../http/engine-client.ts";

export type Files = Readonly<Record<string, Uint8Array | string>>;

const BUSYBOX = ["/bin/busybox", "/usr/bin/busybox"].find(existsSync);

/** Everything that is made of the base has its label. */
export const PART = { label: `${CORPUS_LABEL}=built`, images: 0, tag: "" };
export const BASE = "bench.local/base:1";

export function hasBusybox(): boolean {
  return BUSYBOX !== undefined;
}

/** An image with a shell and a few tools. */
export async function importBase(client: EngineClient): Promise<void> {
  const program = busybox();
  const tools = ["sh", "cp", "mkdir", "echo", "cat", "rm", "true"];
  const root = Object.fromEntries([["bin/busybox", program], ...tools.map((tool) => [`bin/${tool}`, program])]) as Files;
  const changes = encodeURIComponent(`LABEL ${PART.label}`);
  const [repository = "", tag = ""] = BASE.split(":");
  const tar = [...contextTar(root, 0o755)];
  await client.upload(`/images/create?fromSrc=-&repo=${repository}&tag=${tag}&changes=${changes}`, tar);
}

export function* contextTar(files: Files, mode = 0o644): Generator<Uint8Array> {
  for (const [path, content] of Object.entries(files)) yield tarFile(path, Buffer.from(content), path === "busybox" ? 0o755 : mode);
  yield tarEnd();
}

export function busybox(): Uint8Array {
  return readFileSync(BUSYBOX ?? "");
}
