import { allOrAbort, createLimit } from "#async";
import { invalidArgument, isEngineError } from "#errors";
import { isIndexType, isManifestType, successors } from "#oci";
import type { Descriptor, Digest, ManifestDocument } from "#oci";
import type { OperationOptions } from "#registry";
import type { Sides } from "./copy-sides.ts";

/** Deeper, wider or larger graphs exist only to exhaust us. Manifests stay in memory until they are stored. */
const MAX_DEPTH = 8;
const MAX_MANIFESTS = 10_000;
const MAX_BLOBS = 20_000;
const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;
/** Questions at a time. */
const CONCURRENCY = 6;

/** A manifest or index and what is under it. */
export interface SourceNode {
  readonly descriptor: Descriptor;
  /** The target has it already; what is under it is looked at only for an index. */
  readonly isThere: boolean;
  /** Absent when it was not needed. */
  readonly bytes: Uint8Array | undefined;
  readonly blobs: readonly Descriptor[];
  readonly children: readonly SourceNode[];
}

export interface Referrer {
  readonly subject: Digest;
  /** As the source lists it. */
  readonly descriptor: Descriptor;
  readonly node: SourceNode;
}

export interface SourceGraph {
  readonly root: SourceNode;
  /** Those of the root's graph, then those of their graphs, and so on. */
  readonly referrers: readonly Referrer[];
}

/** Reads the graph under `root` at the source, and what refers to any part of it, as far as the target lacks it. */
export async function readSource(sides: Sides, root: Descriptor, options: ReadOptions): Promise<SourceGraph> {
  const reader = new Reader(sides);
  const node = await reader.read(root, { depth: 1, signal: options.signal });
  return { root: node, referrers: options.withReferrers ? await reader.readReferrers(node, options) : [] };
}

export interface ReadOptions extends OperationOptions {
  readonly withReferrers: boolean;
}

interface Place extends OperationOptions {
  readonly depth: number;
}

class Reader {
  readonly #sides: Sides;
  readonly #nodes = new Map<Digest, Promise<SourceNode>>();
  readonly #limit = createLimit(CONCURRENCY);
  readonly #blobs = new Set<Digest>();
  #bytes = 0;

  constructor(sides: Sides) {
    this.#sides = sides;
  }

  /** Once, however often it is named. */
  read(descriptor: Descriptor, place: Place): Promise<SourceNode> {
    const known = this.#nodes.get(descriptor.digest);
    if (known !== undefined) return known;
    const node = this.#read(descriptor, place);
    this.#nodes.set(descriptor.digest, node);
    return node;
  }

  /** Level by level: lists of referrers are anybody's word, and may lead in circles. */
  async readReferrers(root: SourceNode, { signal }: OperationOptions): Promise<readonly Referrer[]> {
    const found: Referrer[] = [];
    const asked = new Set<Digest>();
    let level: readonly SourceNode[] = [root];
    for (let depth = 1; level.length > 0; depth += 1) {
      if (depth > MAX_DEPTH) throw refused(`has referrers of referrers more than ${MAX_DEPTH} deep`);
      const subjects = leavesFirst(level).flatMap(({ descriptor: { digest } }) => (asked.has(digest) ? [] : [digest]));
      for (const subject of subjects) asked.add(subject);
      const referrers = (await mapAll(subjects, (subject, inner) => this.#referrersOf(subject, inner), signal)).flat();
      found.push(...referrers);
      level = referrers.map(({ node }) => node);
    }
    return found;
  }

  async #read(descriptor: Descriptor, place: Place): Promise<SourceNode> {
    const { source, target } = this.#sides;
    if (place.depth > MAX_DEPTH) throw refused(`is nested more than ${MAX_DEPTH} deep`);
    if (this.#nodes.size >= MAX_MANIFESTS) throw refused(`has more than ${MAX_MANIFESTS} manifests`);
    const isThere = await this.#limit(() => target.ask((repository) => repository.hasManifest(descriptor.digest, place)));
    if (isThere && isManifestType(descriptor.mediaType)) return { descriptor, isThere, bytes: undefined, blobs: [], children: [] };
    const fetched = await this.#limit(() => source.ask((repository) => repository.fetchManifest(descriptor, place)));
    const { blobs, manifests } = partsOf(fetched.document);
    this.#count(fetched.bytes, blobs);
    const below = place.depth + 1;
    const children = await mapAll(manifests, (child, signal) => this.read(child, { depth: below, signal }), place.signal);
    return { descriptor: fetched.descriptor, isThere, bytes: fetched.bytes, blobs, children };
  }

  async #referrersOf(subject: Digest, signal: AbortSignal): Promise<readonly Referrer[]> {
    const listed = await this.#limit(() => this.#sides.source.ask((repository) => repository.referrers(subject, { signal })));
    const found = await mapAll(listed, (descriptor, inner) => this.#readReferrer(subject, descriptor, inner), signal);
    return found.filter((referrer) => referrer !== undefined);
  }

  async #readReferrer(subject: Digest, descriptor: Descriptor, signal: AbortSignal): Promise<Referrer | undefined> {
    try {
      return { subject, descriptor, node: await this.read(descriptor, { depth: 1, signal }) };
    } catch (error) {
      // A list that is kept by hand may name what was deleted since.
      if (!isEngineError(error, "not-found")) throw error;
      this.#sides.queue.put({ type: "missing-referrer", digest: descriptor.digest, subject });
      return undefined;
    }
  }

  #count(bytes: Uint8Array, blobs: readonly Descriptor[]): void {
    this.#bytes += bytes.byteLength;
    for (const { digest } of blobs) this.#blobs.add(digest);
    if (this.#bytes > MAX_MANIFEST_BYTES) throw refused(`has more than ${MAX_MANIFEST_BYTES} bytes of manifests`);
    if (this.#blobs.size > MAX_BLOBS) throw refused(`has more than ${MAX_BLOBS} blobs`);
  }
}

/** Manifests and everything under them, each once, children before what contains them. */
export function leavesFirst(roots: readonly SourceNode[]): readonly SourceNode[] {
  const nodes = new Set<SourceNode>();
  const visit = (node: SourceNode): void => {
    if (nodes.has(node)) return;
    for (const child of node.children) visit(child);
    nodes.add(node);
  };
  for (const root of roots) visit(root);
  return [...nodes];
}

/** All at once, results in order; the first failure ends the others. */
async function mapAll<T, R>(
  items: readonly T[],
  task: (item: T, signal: AbortSignal) => Promise<R>,
  outer: AbortSignal | undefined,
): Promise<R[]> {
  const results: R[] = [];
  const work = async (index: number, signal: AbortSignal): Promise<void> => {
    results[index] = await task(items[index] as T, signal);
  };
  await allOrAbort([...items.keys()], work, outer);
  return results;
}

/** An index may list anything; build caches list layers. */
function partsOf(document: ManifestDocument | undefined): {
  readonly blobs: readonly Descriptor[];
  readonly manifests: readonly Descriptor[];
} {
  const parts = document === undefined ? [] : successors(document);
  const isDocument = ({ mediaType }: Descriptor): boolean => isManifestType(mediaType) || isIndexType(mediaType) || mediaType === "";
  if (document?.kind !== "index") return { blobs: parts, manifests: [] };
  return { blobs: parts.filter((part) => !isDocument(part)), manifests: parts.filter(isDocument) };
}

function refused(reason: string): Error {
  return invalidArgument(`cannot copy: the image ${reason}`);
}
