/** The import table of ARCHITECTURE.md as data. A new edge between rooms is a line here, and a reason there. */

export interface Floor {
  /** Floors below that may be used. */
  readonly mayUse: readonly string[];
  /** Rooms of those floors that may not. */
  readonly except?: readonly string[];
  /** Edges between rooms of this floor: `from → to`; `*` is every room. The complete list. */
  readonly siblings: readonly (readonly [from: string, to: string])[];
  /** Node's modules that may be used; `*` is all. */
  readonly node: readonly string[];
  /** A floor without rooms is one room. */
  readonly isOneRoom?: boolean;
}

export const FLOORS: Readonly<Record<string, Floor>> = {
  base: { mayUse: [], siblings: [["async", "errors"]], node: [] },
  formats: {
    mayUse: ["base"],
    siblings: [
      ["oci", "json"],
      ["wire", "json"],
      ["wire", "oci"],
      ["dockerfile", "oci"],
    ],
    // Hashing and compression have no side effects; everything else would be I/O.
    node: ["node:buffer", "node:crypto", "node:zlib"],
  },
  resources: {
    mayUse: ["base", "formats"],
    except: ["wire"],
    siblings: [
      ["*", "disk"],
      ["*", "network"],
      ["*", "programs"],
    ],
    node: ["*"],
  },
  services: {
    mayUse: ["base", "formats", "resources"],
    except: ["wire"],
    siblings: [
      ["containers", "images"],
      ["build", "images"],
      ["distribution", "images"],
    ],
    node: ["node:crypto", "node:timers/promises"],
  },
  engine: { mayUse: ["base", "formats", "resources", "services"], except: ["wire"], siblings: [], node: ["*"], isOneRoom: true },
  daemon: { mayUse: ["base", "formats", "resources", "services", "engine"], siblings: [], node: ["*"], isOneRoom: true },
  clients: {
    mayUse: ["base", "formats"],
    siblings: [
      ["cli", "sdk"],
      ["web", "sdk"],
    ],
    node: ["*"],
  },
};

/** Files that may look at the environment of the process; everybody else is told what is in it. */
export const READS_ENVIRONMENT: readonly RegExp[] = [/^src\/daemon\/program\.ts$/, /^src\/clients\/[^/]+\/(node\/)?environment\.ts$/];
