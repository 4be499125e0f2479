import type { Descriptor, Digest, ImageId } from "#oci";
import { familiarName } from "./familiar-name.ts";
import type { ImageLayer, ImageRecord, ManifestRecord, Metadata, NameRecord } from "#metadata";
import type { ImageSummary } from "./types.ts";

/**
 * Images and names as they are now, in memory: lists and lookups touch nothing else. Read from the database on
 * first use, changed only through `change`, which changes both.
 */
export class Catalog {
  readonly #metadata: Metadata;
  #images: Map<ImageId, ImageRecord> | undefined;
  #names = new Map<string, NameRecord>();
  #namesByImage = new Map<ImageId, Set<string>>();
  #children = new Map<ImageId, number>();
  #targets = new Map<ImageId, Descriptor[]>();
  readonly #summaries = new Map<ImageId, ImageSummary>();
  #newestFirst: readonly ImageRecord[] | undefined;
  #repositories: ReadonlySet<string> | undefined;
  #isChanged = false;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  /** Runs `work` as one transaction; when it throws, nothing has changed, here or on disk. */
  change<T>(work: (change: CatalogChange) => T): T {
    this.#load();
    this.#isChanged = false;
    try {
      return this.#metadata.transaction(() => work(this.#changes));
    } catch (error) {
      // What is in memory went ahead of what is on disk: read it again.
      if (this.#isChanged) this.#images = undefined;
      throw error;
    }
  }

  get size(): number {
    return this.#load().size;
  }

  ids(): IterableIterator<ImageId> {
    return this.#load().keys();
  }

  /** By creation; those of one second with the latest recorded first. */
  newestFirst(): readonly ImageRecord[] {
    const images = this.#load();
    this.#newestFirst ??= [...images.values()].sort(
      (a, b) => (b.created ?? 0) - (a.created ?? 0) || b.recorded.getTime() - a.recorded.getTime() || (a.id < b.id ? -1 : 1),
    );
    return this.#newestFirst;
  }

  find(id: ImageId): ImageRecord | undefined {
    return this.#load().get(id);
  }

  findName(canonical: string): NameRecord | undefined {
    this.#load();
    return this.#names.get(canonical);
  }

  /** Canonical references of an image, in order: tags and digests mixed. */
  namesOf(id: ImageId): readonly string[] {
    this.#load();
    return [...(this.#namesByImage.get(id) ?? [])].sort();
  }

  /** Every name record of a repository, in canonical order. */
  namesIn(repository: string): NameRecord[] {
    this.#load();
    const found: NameRecord[] = [];
    for (const record of this.#names.values()) {
      const rest = record.name.startsWith(repository) ? record.name.slice(repository.length) : "";
      if ((rest.startsWith(":") && !rest.includes("/")) || rest.startsWith("@")) found.push(record);
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Canonical, in no order. */
  repositories(): ReadonlySet<string> {
    this.#load();
    this.#repositories ??= new Set([...this.#names.keys()].map(repositoryOf));
    return this.#repositories;
  }

  hasChildren(id: ImageId): boolean {
    this.#load();
    return (this.#children.get(id) ?? 0) > 0;
  }

  /** The same object until the image or its names change. */
  summary(record: ImageRecord): ImageSummary {
    let summary = this.#summaries.get(record.id);
    if (summary === undefined) {
      summary = this.#summarise(record);
      this.#summaries.set(record.id, summary);
    }
    return summary;
  }

  targetOf(record: ImageRecord): Descriptor {
    this.#load();
    const target = this.#targets.get(record.id)?.find((descriptor) => descriptor.digest === record.target);
    return target ?? { mediaType: "", digest: record.target, size: 0 };
  }

  readonly #changes: CatalogChange = {
    putImage: (record, layers) => {
      this.#metadata.images.put(record, layers);
      this.#forget(record.id);
      this.#remember(record);
    },
    putTarget: (image, descriptor, manifests) => {
      this.#metadata.images.putTarget(image, descriptor, manifests);
      const others = (this.#targets.get(image) ?? []).filter(({ digest }) => digest !== descriptor.digest);
      this.#targets.set(image, [...others, descriptor]);
      this.#summaries.delete(image);
    },
    removeTarget: (image, digest) => {
      this.#isChanged = true;
      this.#metadata.images.removeTarget(image, digest);
      const others = (this.#targets.get(image) ?? []).filter((target) => target.digest !== digest);
      this.#targets.set(image, others);
      this.#summaries.delete(image);
    },
    removeImage: (id) => {
      this.#metadata.images.remove(id);
      this.#forget(id);
      this.#targets.delete(id);
    },
    putName: (name, image, target) => {
      this.#metadata.names.put(name, image, target);
      this.#unname(name);
      this.#name({ name, image, target });
    },
    removeName: (name) => {
      this.#metadata.names.remove(name);
      this.#unname(name);
    },
    setLastTagged: (id, time) => {
      this.#metadata.images.setLastTagged(id, time);
      const record = this.#images?.get(id);
      if (record !== undefined) this.#images?.set(id, { ...record, lastTagged: time });
    },
  };

  #load(): Map<ImageId, ImageRecord> {
    if (this.#images !== undefined) return this.#images;
    this.#images = new Map();
    this.#newestFirst = undefined;
    this.#repositories = undefined;
    for (const map of [this.#names, this.#namesByImage, this.#children, this.#targets, this.#summaries]) map.clear();
    for (const record of this.#metadata.images.all()) this.#remember(record);
    for (const { image, descriptor } of this.#metadata.images.allTargets()) {
      this.#targets.set(image, [...(this.#targets.get(image) ?? []), descriptor]);
    }
    for (const record of this.#metadata.names.all()) this.#name(record);
    return this.#images;
  }

  #remember(record: ImageRecord): void {
    this.#isChanged = true;
    this.#images?.set(record.id, record);
    this.#newestFirst = undefined;
    this.#countChild(record.parent, 1);
    this.#summaries.delete(record.id);
  }

  #forget(id: ImageId): void {
    this.#isChanged = true;
    this.#countChild(this.#images?.get(id)?.parent, -1);
    this.#images?.delete(id);
    this.#newestFirst = undefined;
    this.#summaries.delete(id);
  }

  #countChild(parent: ImageId | undefined, by: number): void {
    if (parent !== undefined) this.#children.set(parent, (this.#children.get(parent) ?? 0) + by);
  }

  #name(record: NameRecord): void {
    this.#isChanged = true;
    this.#repositories = undefined;
    this.#names.set(record.name, record);
    const names = this.#namesByImage.get(record.image);
    if (names === undefined) this.#namesByImage.set(record.image, new Set([record.name]));
    else names.add(record.name);
    this.#summaries.delete(record.image);
  }

  #unname(name: string): void {
    this.#isChanged = true;
    this.#repositories = undefined;
    const record = this.#names.get(name);
    if (record === undefined) return;
    this.#names.delete(name);
    const names = this.#namesByImage.get(record.image);
    names?.delete(name);
    if (names?.size === 0) this.#namesByImage.delete(record.image);
    this.#summaries.delete(record.image);
  }

  #summarise(record: ImageRecord): ImageSummary {
    const names = this.namesOf(record.id);
    return Object.freeze({
      id: record.id,
      parent: record.parent,
      names: names.filter((name) => !name.includes("@")).map(familiarName),
      digests: names.filter((name) => name.includes("@")).map(familiarName),
      created: record.created,
      size: record.size,
      labels: record.labels,
      target: this.targetOf(record),
    });
  }
}

/** What may be changed in one transaction. */
export interface CatalogChange {
  putImage(record: ImageRecord, layers: readonly ImageLayer[]): void;
  putTarget(image: ImageId, descriptor: Descriptor, manifests: readonly ManifestRecord[]): void;
  /** No name may stand for it any more, and it must not be the one by which the image is shown. */
  removeTarget(image: ImageId, digest: Digest): void;
  /** Its names must have been removed or moved before. */
  removeImage(id: ImageId): void;
  /** Moves the name when it stands for another image. */
  putName(name: string, image: ImageId, target: Digest): void;
  removeName(name: string): void;
  setLastTagged(id: ImageId, time: Date): void;
}

/** The repository of a canonical reference. */
export function repositoryOf(name: string): string {
  const at = name.indexOf("@");
  return at === -1 ? name.slice(0, name.lastIndexOf(":")) : name.slice(0, at);
}
