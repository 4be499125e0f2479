/** What the engine must hold: image IDs, and names (tags and digest references) by what they point at. */
export interface Model {
  readonly images: Set<string>;
  readonly names: Map<string, string>;
}

export function copyOf({ images, names }: Model): Model {
  return { images: new Set(images), names: new Map(names) };
}

/** One text for one state, so that states can be compared and read in a failure. */
export function described({ images, names }: Model): string {
  const rows = [...images].toSorted().map((id) => {
    const own = [...names].filter(([, target]) => target === id).map(([name]) => name);
    return `${id.slice(7, 19)} ${own.toSorted().join(" ")}`.trim();
  });
  const dangling = [...names].filter(([, target]) => !images.has(target)).map(([name]) => `${name} without an image`);
  return [...rows, ...dangling].join("\n");
}

/** What an operation does to the store: one of these, when it is not known beforehand which. */
export type Change = readonly ((model: Model) => void)[];

/**
 * Every state that may be found after these changes were under way together, in whatever order: those in `done`
 * have happened, each of those in `open` has happened or not.
 */
export function outcomes(before: Model, done: readonly Change[], open: readonly Change[]): Model[] {
  const after = [...done, ...open].flatMap((change) => {
    const others = (changes: readonly Change[]): Change[] => changes.filter((other) => other !== change);
    return change.flatMap((apply) => {
      const changed = copyOf(before);
      apply(changed);
      return outcomes(changed, others(done), others(open));
    });
  });
  return done.length === 0 ? [before, ...after] : after;
}

/** Takes a name away, and with the last tag of a repository its digests, and with the last name the image. */
export function removeName({ images, names }: Model, name: string): void {
  const id = names.get(name);
  if (id === undefined) return;
  names.delete(name);
  const left = (): string[] => [...names.keys()].filter((other) => names.get(other) === id);
  const own = left().filter((other) => repositoryOf(other) === repositoryOf(name));
  if (own.every(isDigest)) for (const other of own) names.delete(other);
  if (left().length === 0) images.delete(id);
}

export function removeImage({ images, names }: Model, id: string): void {
  for (const [name, target] of names) if (target === id) names.delete(name);
  images.delete(id);
}

export function isDigest(name: string): boolean {
  return name.includes("@");
}

function repositoryOf(name: string): string {
  return isDigest(name) ? name.slice(0, name.indexOf("@")) : name.slice(0, name.lastIndexOf(":"));
}
