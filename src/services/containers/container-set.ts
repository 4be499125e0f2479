import { invalidArgument } from "#errors";
import type { ImageUser, ImageUsers } from "#images";
import type { ImageId } from "#oci";
import type { Container } from "./container.ts";
import { nameTaken, noSuchContainer } from "./errors.ts";

/** The containers there are, by everything that people call them. A name belongs to one of them, from before it is made. */
export class ContainerSet implements ImageUsers {
  readonly #containers = new Map<string, Container>();
  readonly #names = new Map<string, string>();

  /** Newest first; of two of one moment the later made. */
  all(): readonly Container[] {
    const inOrder = [...this.#containers.values()].reverse();
    return inOrder.sort((a, b) => (a.record.created === b.record.created ? 0 : a.record.created < b.record.created ? 1 : -1));
  }

  get size(): number {
    return this.#containers.size;
  }

  /** By its whole ID, else a name with or without its slash, else the beginning of one ID. @throws not-found, invalid-argument. */
  get(words: string): Container {
    const byId = this.#containers.get(words) ?? this.#containers.get(this.#names.get(words.replace(/^\//, "")) ?? "");
    if (byId !== undefined) return byId;
    const [found, another] = words === "" ? [] : [...this.#containers.values()].filter(({ id }) => id.startsWith(words));
    if (another !== undefined) throw invalidArgument(`multiple IDs found with provided prefix: ${words}`);
    if (found === undefined) throw noSuchContainer(words);
    return found;
  }

  find(id: string): Container | undefined {
    return this.#containers.get(id);
  }

  isNameTaken(name: string): boolean {
    return this.#names.has(name);
  }

  /** @throws conflict. */
  takeName(name: string, id: string): void {
    const owner = this.#names.get(name);
    if (owner !== undefined && owner !== id) throw nameTaken(name, owner);
    this.#names.set(name, id);
  }

  giveBackName(name: string, id: string): void {
    if (this.#names.get(name) === id) this.#names.delete(name);
  }

  /** Its name must be taken. */
  add(container: Container): void {
    this.#containers.set(container.id, container);
  }

  remove(container: Container): void {
    this.#containers.delete(container.id);
    this.giveBackName(container.record.name, container.id);
  }

  usersOf(image: ImageId): readonly ImageUser[] {
    return [...this.#containers.values()]
      .filter(({ record }) => record.image === image)
      .map(({ id, record, isRunning }) => ({ containerId: id, isRunning, reference: record.config.Image }));
  }
}
