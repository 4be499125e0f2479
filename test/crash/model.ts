/** What the engine must hold: image IDs, and names by what they point at. */
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

interface Change {
  apply(model: Model): void;
}

/**
 * Every state that may be found after these changes were under way together, in whatever order: those in `done`
 * have happened, each of those in `open` has happened or not.
 */
export function outcomes(before: Model, done: readonly Change[], open: readonly Change[]): Model[] {
  const after = [...done, ...open].flatMap((change) => {
    const changed = copyOf(before);
    change.apply(changed);
    const others = (changes: readonly Change[]): Change[] => changes.filter((other) => other !== change);
    return outcomes(changed, others(done), others(open));
  });
  return done.length === 0 ? [before, ...after] : after;
}
