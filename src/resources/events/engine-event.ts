/** Something that happened to an object of the engine; what `GET /events` tells. */
export interface EngineEvent {
  readonly type: "image" | "container" | "builder" | "network" | "volume" | "daemon";
  /** `tag`, `untag`, `delete`, `load`, `import`, `save`, `pull`, `push`, `prune`, … */
  readonly action: string;
  readonly actor: {
    /** The object's ID; for pulls and pushes the familiar reference; empty for prunes. */
    readonly id: string;
    readonly attributes: Readonly<Record<string, string>>;
  };
  /** Nanoseconds since the epoch; grows strictly from event to event. */
  readonly time: bigint;
}

export interface EventQuery {
  /** With either bound the remembered events are replayed first; in nanoseconds since the epoch, both inclusive. */
  readonly since?: bigint;
  /** The stream ends here: at once when it has passed, else when it comes. */
  readonly until?: bigint;
}
