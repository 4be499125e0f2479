import type { Builds, Containers, Distribution, Engine } from "#engine";
import type { ContainerVolumes } from "#containers";
import { notFound } from "#errors";
import { EventJournal } from "#events";
import type { Images } from "#images";
import type { Remote } from "#remote";

const ENGINE_ID = "c0c63605-9f7d-40c5-89e1-be9090686d53";

/** There is no build cache; a build fails the test. */
const STUB_BUILDS: Builds = {
  cache: () => Promise.resolve([]),
  prune: () => Promise.resolve({ removed: [], reclaimed: 0 }),
  build: () => {
    throw new Error("the test did not expect build()");
  },
};

/** Nothing was asked to run in containers that are not there. */
const NO_EXECS: object = new Proxy(
  {},
  {
    get: () => (id: unknown) => {
      throw notFound(`No such exec instance: ${String(id)}`);
    },
  },
);

/** There are no containers: a list is empty, none is found, and making one fails the test. */
function noContainers(verb: string | symbol): (name: unknown) => Promise<unknown> {
  if (verb === "list") return () => Promise.resolve([]);
  return (name) =>
    Promise.reject(
      typeof name === "string" ? notFound(`No such container: ${name}`) : new Error(`the test did not expect ${String(verb)}()`),
    );
}

/** An engine that knows nothing but what a test gives it; any other verb fails the test. */
export function stubEngine(images: Partial<Images> = {}, rest: Partial<Engine> = {}): Engine {
  const unexpected = (verb: string | symbol) => (): Promise<never> =>
    Promise.reject(new Error(`the test did not expect ${String(verb)}()`));
  const unknown = new Proxy(images, { get: (target, verb): unknown => Reflect.get(target, verb) ?? unexpected(verb) });
  return {
    id: ENGINE_ID,
    dataRoot: "/data",
    images: unknown as Images,
    distribution: new Proxy({}, { get: (_, verb): unknown => unexpected(verb) }) as Distribution,
    builds: STUB_BUILDS,
    containers: new Proxy({}, { get: (_, verb): unknown => NONE_OF[String(verb)] ?? noContainers(verb) }) as Containers,
    registries: new Proxy({}, { get: (_, verb): unknown => unexpected(verb) }) as Remote,
    events: new EventJournal(),
    diskUsage: () => Promise.resolve({ layersSize: 0, images: [], buildCache: [], containers: [], volumes: [] }),
    stopContainers: () => Promise.resolve(),
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
    ...rest,
  };
}

const NO_VOLUMES: ContainerVolumes = {
  list: () => [],
  inspect: (name) => {
    throw notFound(`get ${name}: no such volume`);
  },
  remove: (name) => Promise.reject(notFound(`get ${name}: no such volume`)),
  prune: () => Promise.resolve({ removed: [], reclaimed: 0 }),
  size: () => Promise.resolve(0),
};

const NONE_OF: Readonly<Record<string, unknown>> = { exec: NO_EXECS, volumes: NO_VOLUMES };
