const PROXIES: readonly string[] = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

/** What speaks to the builder rather than to the Dockerfile, and needs no ARG. */
const FOR_THE_BUILDER = /^(?:BUILDKIT_.*|SOURCE_DATE_EPOCH|(?:BUILD|TARGET)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT))$/;

/** The `--build-arg`s of one build, and which of them some ARG asked for. */
export class BuildArgs {
  readonly #given: ReadonlyMap<string, string | null>;
  readonly #consumed = new Set<string>();

  /** A null is a name that was given without a value: as if it were not, but for `unconsumed`. */
  constructor(given: Readonly<Record<string, string | null>>) {
    this.#given = new Map(Object.entries(given));
  }

  get(name: string): string | undefined {
    return this.#given.get(name) ?? undefined;
  }

  /** An ARG of that name was there, whether it has a default or not. */
  consume(name: string): void {
    this.#consumed.add(name);
  }

  /** For `[Warning] One or more build-args [A B] were not consumed`; sorted. */
  get unconsumed(): readonly string[] {
    return [...this.#given.keys()].filter((name) => !this.#consumed.has(name) && !isProxy(name) && !FOR_THE_BUILDER.test(name)).sort();
  }

  /**
   * The environment of every RUN, in both spellings, however they were given; never in a history or a cache key. A proxy that a stage declares
   * with ARG is an argument like any other, besides.
   */
  get proxies(): ReadonlyMap<string, string> {
    const proxies = new Map<string, string>();
    for (const name of PROXIES) {
      const others = [...this.#given.keys()].filter((spelling) => spelling.toUpperCase() === name);
      const value = [name, name.toLowerCase(), ...others].map((spelling) => this.get(spelling)).find((each) => each !== undefined);
      if (value === undefined) continue;
      proxies.set(name, value);
      proxies.set(name.toLowerCase(), value);
    }
    return proxies;
  }
}

function isProxy(name: string): boolean {
  return PROXIES.includes(name.toUpperCase());
}
