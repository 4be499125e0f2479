import { isEngineError } from "#errors";
import { shortId } from "#oci";
import type { Digest, ImageId } from "#oci";
import { repositoryOf } from "./catalog.ts";
import type { CatalogChange } from "./catalog.ts";
import { deleteConflict, repositoryInUse } from "./errors.ts";
import { familiarName } from "./familiar-name.ts";
import { publishImageEvent } from "./image-events.ts";
import type { ImageDeps } from "./image-deps.ts";
import { releaseTargets } from "./release-targets.ts";
import type { Removal } from "./types.ts";

export type RemovalDeps = Pick<ImageDeps, "catalog" | "metadata" | "users" | "events">;

interface DeleteOptions {
  readonly force: boolean;
  /** Conflicts end the deletion without an error. */
  readonly quiet: boolean;
  readonly keepParents: boolean;
}

/**
 * Removing images by Docker's rules, step by step inside one transaction. Collects what happened, what may now
 * be garbage and what is to be told; nothing leaves it before the transaction is on disk.
 */
export class RemovalRun {
  readonly #deps: RemovalDeps;
  readonly #change: CatalogChange;
  readonly removals: Removal[] = [];
  /** Blobs that the removed images stood on. */
  readonly candidates = new Set<Digest>();
  /** Bytes of the files in the layers that no image stands upon any more. */
  reclaimed = 0;
  readonly #tell: (() => void)[] = [];

  constructor(deps: RemovalDeps, change: CatalogChange) {
    this.#deps = deps;
    this.#change = change;
  }

  /** Call it when the transaction is on disk. */
  publishEvents(): void {
    for (const tell of this.#tell) tell();
  }

  /** Takes one name away; with the last tag of a repository go its digests, and with the last name the image. */
  removeName(name: string, words: string, options: { readonly force: boolean; readonly keepParents: boolean }): void {
    const id = this.#deps.catalog.findName(name)?.image;
    if (id === undefined) return;
    const user = this.#deps.users.usersOf(id)[0];
    if (!options.force && user !== undefined && this.#isSingleReference(id)) {
      throw repositoryInUse(words, user.containerId.slice(0, 12), shortId(id));
    }
    this.untag(name, id);
    if (name.includes("@")) {
      if (this.#names(id).length > 0) return this.#release(id);
    } else {
      const rest = this.#names(id).filter((other) => repositoryOf(other) === repositoryOf(name));
      if (rest.every((other) => other.includes("@"))) for (const other of rest) this.untag(other, id);
      if (this.#names(id).length > 0) return this.#release(id);
    }
    this.deleteImage(id, { ...options, quiet: true });
  }

  removeById(id: ImageId, options: { readonly force: boolean; readonly keepParents: boolean }): void {
    if (this.#isSingleReference(id)) {
      this.#checkConflicts(id, { force: options.force, references: false });
      for (const name of this.#names(id)) this.untag(name, id);
    }
    this.deleteImage(id, { ...options, quiet: false });
  }

  deleteImage(id: ImageId, options: DeleteOptions): void {
    try {
      this.#checkConflicts(id, { force: options.force, references: true });
    } catch (error) {
      if (options.quiet && isEngineError(error, "conflict")) return;
      throw error;
    }
    for (const name of this.#names(id)) this.untag(name, id);
    const parent = this.#deps.catalog.find(id)?.parent;
    const layers = this.#deps.metadata.images.layersOnlyOf(id);
    for (const { digest } of this.#deps.metadata.images.targetsOf(id)) {
      for (const blob of this.#deps.metadata.blobs.livesWith(digest)) this.candidates.add(blob);
      for (const { config } of this.#deps.metadata.images.manifestsOf(digest)) if (config !== undefined) this.candidates.add(config);
    }
    this.#change.removeImage(id);
    this.removals.push({ deleted: id }, ...layers.map((layer) => ({ deleted: layer.chainId })));
    this.reclaimed += layers.reduce((sum, layer) => sum + layer.size, 0);
    this.#tell.push(() => publishImageEvent(this.#deps, "delete", id, id));
    if (options.keepParents || parent === undefined || this.#deps.catalog.find(parent) === undefined) return;
    this.deleteImage(parent, { force: false, quiet: true, keepParents: false });
  }

  /** Takes one name away and nothing else. */
  untag(name: string, id: ImageId): void {
    const labels = this.#deps.catalog.find(id)?.labels;
    this.#change.removeName(name);
    this.removals.push({ untagged: familiarName(name) });
    this.#tell.push(() => {
      this.#deps.events.publish({ type: "image", action: "untag", actor: { id, attributes: { ...labels, name: id } } });
    });
  }

  #release(id: ImageId): void {
    for (const blob of releaseTargets(this.#deps, this.#change, id)) this.candidates.add(blob);
  }

  /** In Docker's order: children, running containers, names, stopped containers. */
  #checkConflicts(id: ImageId, { force, references }: { force: boolean; references: boolean }): void {
    const { catalog, users } = this.#deps;
    const short = shortId(id);
    if (catalog.hasChildren(id)) throw deleteConflict(short, "image has dependent child images", "cannot be forced");
    const using = users.usersOf(id);
    const running = using.find((user) => user.isRunning);
    if (running !== undefined) {
      throw deleteConflict(short, `image is being used by running container ${running.containerId.slice(0, 12)}`, "cannot be forced");
    }
    if (force) return;
    if (references && this.#names(id).length > 0) {
      throw deleteConflict(short, "image is referenced in multiple repositories", "must be forced");
    }
    const stopped = using[0];
    if (stopped !== undefined) {
      throw deleteConflict(short, `image is being used by stopped container ${stopped.containerId.slice(0, 12)}`, "must be forced");
    }
  }

  /** At most one tag, and every reference in one repository. */
  #isSingleReference(id: ImageId): boolean {
    const names = this.#names(id);
    const repositories = new Set(names.map(repositoryOf));
    return repositories.size <= 1 && names.filter((name) => !name.includes("@")).length <= 1;
  }

  #names(id: ImageId): readonly string[] {
    return this.#deps.catalog.namesOf(id);
  }
}
