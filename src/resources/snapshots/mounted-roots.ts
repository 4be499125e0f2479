import { createLimit } from "#async";
import type { Limit } from "#async";

/** Takes down what was put up. */
export type End = () => Promise<void>;

interface Place {
  readonly turns: Limit;
  users: number;
  end: End | undefined;
}

/** Places where something is mounted for as long as anyone uses it: the first user mounts, the last one unmounts. */
export class MountedRoots {
  readonly #places = new Map<string, Place>();

  /** Resolves when it is mounted, to what ends this use of it. */
  async use(path: string, mount: () => Promise<End>): Promise<End> {
    const place = this.#places.get(path) ?? { turns: createLimit(1), users: 0, end: undefined };
    this.#places.set(path, place);
    place.users += 1;
    let left: Promise<void> | undefined;
    const leave = (): Promise<void> => (left ??= this.#leave(path, place));
    try {
      await place.turns(async () => {
        place.end ??= await mount();
      });
      return leave;
    } catch (error) {
      await leave();
      throw error;
    }
  }

  /** Whoever still uses it does so no longer. */
  async end(path: string): Promise<void> {
    const place = this.#places.get(path);
    await place?.turns(() => endOf(place));
  }

  async endAll(): Promise<void> {
    for (const path of this.#places.keys()) await this.end(path);
  }

  async #leave(path: string, place: Place): Promise<void> {
    place.users -= 1;
    await place.turns(async () => {
      if (place.users > 0) return;
      await endOf(place);
      // Not before: whoever comes meanwhile has to wait for the end of the last mount.
      if (place.users === 0 && this.#places.get(path) === place) this.#places.delete(path);
    });
  }
}

async function endOf(place: Place): Promise<void> {
  const { end } = place;
  place.end = undefined;
  await end?.();
}
