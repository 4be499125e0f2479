import { createDistribution } from "#distribution";
import type { Distribution } from "#distribution";
import { createImages } from "#images";
import type { Images } from "#images";
import { openResources } from "../../src/engine/open-resources.ts";
import { serveRegistry } from "./served-registry.ts";
import type { ServedRegistry } from "./served-registry.ts";

/** A store, served as a registry, whose clock the test sets; over a data root that may outlive it. */
export interface ClockedStore extends AsyncDisposable {
  readonly images: Images;
  readonly distribution: Distribution;
  readonly registry: ServedRegistry;
  /** Lets time pass, and what is due happen. */
  later(milliseconds: number): Promise<void>;
}

export async function openClockedStore(dataRoot: string, start: Date): Promise<ClockedStore> {
  await using opening = new AsyncDisposableStack();
  const { deps } = opening.use(await openResources({ dataRoot, registries: {}, warn: () => undefined }));
  let now = start;
  const clocked = { ...deps, now: () => now };
  const distribution = opening.use(createDistribution(clocked));
  const registry = opening.use(await serveRegistry({ distribution }));
  const opened = opening.move();
  return {
    images: createImages(clocked),
    distribution,
    registry,
    async later(milliseconds) {
      now = new Date(now.getTime() + milliseconds);
      await distribution.sweep();
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
