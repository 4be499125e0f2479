import { compareApiVersions } from "#wire";

/** From which API version on something is said, and up to but without which; both absent: always. */
export interface Gate {
  readonly since?: string;
  readonly until?: string;
}

/** One member of a JSON object: its name, what it says, and to which versions. `undefined` leaves it out. */
export type Row<Source, Json> = {
  [Name in keyof Json & string]: readonly [name: Name, value: (source: Source, version: string) => Json[Name] | undefined, gate?: Gate];
}[keyof Json & string];

/** The members that one group of versions gets, always the same object for the same group. */
export interface Shape<Source, Json> {
  encode(source: Source, version: string): Json;
}

export interface Encoder<Source, Json> {
  (source: Source, version: string): Json;
  /** Versions between which no row tells a difference share a shape, so that encoded texts may be remembered by it. */
  shapeOf(version: string): Shape<Source, Json>;
}

export function isOpen(version: string, { since, until }: Gate): boolean {
  return (
    (since === undefined || compareApiVersions(version, since) >= 0) && (until === undefined || compareApiVersions(version, until) < 0)
  );
}

/** An encoder of JSON objects from a table: members in its order, a difference between versions is a row. */
export function createEncoder<Source, Json>(rows: readonly Row<Source, Json>[]): Encoder<Source, Json> {
  const byVersion = new Map<string, Shape<Source, Json>>();
  const byRows = new Map<string, Shape<Source, Json>>();
  function shapeOf(version: string): Shape<Source, Json> {
    const known = byVersion.get(version);
    if (known !== undefined) return known;
    const open = rows.map(([, , gate = {}]) => isOpen(version, gate));
    const key = open.join();
    const shape = byRows.get(key) ?? createShape(rows.filter((_, index) => open[index]));
    byRows.set(key, shape);
    byVersion.set(version, shape);
    return shape;
  }
  return Object.assign((source: Source, version: string) => shapeOf(version).encode(source, version), { shapeOf });
}

function createShape<Source, Json>(rows: readonly Row<Source, Json>[]): Shape<Source, Json> {
  return {
    encode(source, version) {
      const json: Partial<Json> = {};
      for (const [name, value] of rows) {
        const member = value(source, version);
        if (member !== undefined) json[name] = member;
      }
      return json as Json;
    },
  };
}
