import type { Descriptor } from "#oci";
import { MAX_STATEMENT_SIZE } from "../image-attestations.ts";
import type { GraphManifest, ImageGraph } from "../image-graph.ts";
import { orAbsent } from "./documents.ts";
import type { Source } from "./pull-reference.ts";

/** Brings what the index says of the chosen image: SBOMs and provenance, small beside its layers. */
export async function fetchAttestations(source: Source, graph: ImageGraph, chosen: GraphManifest): Promise<void> {
  const subject = chosen.record.descriptor.digest;
  const attestations = graph.manifests.filter(({ record }) => record.attestationFor === subject);
  for (const { manifest } of attestations) {
    for (const descriptor of manifest === undefined ? [] : [manifest.config, ...manifest.layers]) {
      if (descriptor.size <= MAX_STATEMENT_SIZE) await orAbsent(fetchStatement(source, descriptor));
    }
  }
}

async function fetchStatement({ deps, repository, hold, staged, blobs, options }: Source, descriptor: Descriptor): Promise<void> {
  const { digest, size } = descriptor;
  hold.add(digest);
  if (deps.metadata.blobs.find(digest) !== undefined || staged.has(digest)) return;
  await deps.registries.downloads(async () => {
    const { stream } = await repository.fetchBlob(descriptor, options);
    await using ingest = await deps.content.ingest({ digest, size, inspect: false });
    for await (const chunk of stream) await ingest.write(chunk);
    const blob = await ingest.finish();
    blobs.defer(() => deps.content.discard([blob]));
    staged.set(digest, blob);
  });
}
