import { invalidArgument, notFound } from "#errors";
import { bestPlatform, formatPlatform, parseManifest } from "#oci";
import type { Descriptor, Digest, ImageIndex, Platform } from "#oci";
import { attestationSubject, MAX_DEPTH, readImageGraph } from "../image-graph.ts";
import type { GraphManifest, ImageGraph } from "../image-graph.ts";
import { findDocument, orAbsent, readConfig, readManifest } from "./documents.ts";
import type { Source } from "./pull-reference.ts";

/** Honest builders make one or two. */
const MAX_ATTESTATIONS = 16;

/** The one manifest of a target that a platform wants. */
export interface Choice {
  readonly target: Descriptor;
  readonly manifest: Descriptor;
  readonly platform: Platform;
  /** Manifests and indexes that have to be here: the way to the manifest, and what it is that speaks of it. */
  readonly wanted: ReadonlySet<Digest>;
  readonly attestations: ReadonlySet<Digest>;
  /** All that the indexes on the way name. */
  readonly listed: ReadonlySet<Digest>;
}

/** Follows indexes from the target down, as deep as they go, to the manifest for `platform`. */
export async function chooseManifest(source: Source, target: Descriptor, platform: Platform): Promise<Choice> {
  const wanted = new Set<Digest>();
  const listed = new Set([target.digest]);
  const attestations = new Set<Digest>();
  let manifest = target;
  for (let depth = 1; depth <= MAX_DEPTH; depth += 1) {
    wanted.add(manifest.digest);
    const document = parseManifest(await readManifest(source, manifest), manifest.mediaType);
    if (document.kind === "manifest") return { target, manifest, platform, wanted, attestations, listed };
    for (const { digest } of document.manifests) listed.add(digest);
    manifest = chooseChild(document, platform);
    for (const digest of attestationsOf(document, manifest)) attestations.add(digest);
  }
  throw invalidArgument(`cannot pull index ${target.digest}: it is nested more than ${MAX_DEPTH} deep`);
}

/** What is known of the target with the chosen manifest, its config and its attestations; of other platforms what is here. */
export async function readChosen(source: Source, choice: Choice): Promise<{ graph: ImageGraph; chosen: GraphManifest }> {
  const { target, manifest, platform, wanted, attestations, listed } = choice;
  const graph = await readImageGraph(target, async (descriptor) => {
    const { digest } = descriptor;
    if (wanted.has(digest)) return readManifest(source, descriptor);
    if (attestations.has(digest)) return orAbsent(readManifest(source, descriptor));
    return listed.has(digest) ? findDocument(source, descriptor) : readConfig(source, descriptor);
  });
  const chosen = graph.manifests.find(({ record }) => record.descriptor.digest === manifest.digest);
  if (chosen === undefined) throw noMatch(platform);
  return { graph, chosen };
}

function attestationsOf({ manifests }: ImageIndex, { digest: subject }: Descriptor): Digest[] {
  const about = manifests.filter((descriptor) => attestationSubject(descriptor) === subject);
  return about.slice(0, MAX_ATTESTATIONS).map(({ digest }) => digest);
}

function chooseChild({ manifests }: ImageIndex, platform: Platform): Descriptor {
  const images = manifests.filter(({ platform: own }) => own?.os !== "unknown");
  const child = bestPlatform(images, (manifest) => manifest.platform, platform);
  if (child === undefined) throw noMatch(platform);
  return child;
}

function noMatch(platform: Platform): Error {
  return notFound(`no matching manifest for ${formatPlatform(platform)} in the manifest list entries`);
}
