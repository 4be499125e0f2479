import { createReadStream } from "node:fs";
import { internal } from "#errors";
import type { CorpusArchive } from "../corpus/index.ts";
import type { Answer, EngineClient } from "../http/engine-client.ts";

const CHUNK = 1 << 20;

/** Loads an archive of the corpus and makes sure that its images have arrived. */
export async function load(client: EngineClient, archive: CorpusArchive): Promise<Answer> {
  const answer = await client.upload("/images/load?quiet=1", createReadStream(archive.path, { highWaterMark: CHUNK }));
  await expectLoaded(client, archive);
  return answer;
}

export async function expectLoaded(client: EngineClient, archive: Omit<CorpusArchive, "path">): Promise<void> {
  const found = (await listByLabel(client, archive.label)).length;
  if (found < archive.images) throw internal(`cannot measure load: ${found} of ${archive.images} images have arrived`);
}

/** Removes the images of one part of the corpus, and nothing else: every other image lacks its label. */
export async function removeImages(client: EngineClient, archive: Omit<CorpusArchive, "path">): Promise<void> {
  // Both kinds: an engine may leave untagged what it could not remove together with its tags.
  for (const dangling of ["false", "true"]) await client.ask("POST", prunePath(archive.label, dangling), [200]);
  const left = (await listByLabel(client, archive.label)).length;
  if (left > 0) throw internal(`cannot clean up after the bench: ${left} images with the label "${archive.label}" remain`);
}

export function prunePath(label: string, dangling: string): string {
  return `/images/prune?filters=${encodeFilters({ dangling: [dangling], label: [label] })}`;
}

export async function listByLabel(client: EngineClient, label: string): Promise<readonly unknown[]> {
  const rows: unknown = await client.json(`/images/json?all=1&filters=${encodeFilters({ label: [label] })}`);
  if (!Array.isArray(rows)) throw internal("cannot measure list: the answer is not an array");
  return [...(rows as readonly unknown[])];
}

function encodeFilters(filters: Readonly<Record<string, readonly string[]>>): string {
  return encodeURIComponent(JSON.stringify(filters));
}
