import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { findFaults, importsOf, placeOf } from "./architecture/find-faults.ts";
import type { House } from "./architecture/find-faults.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Manifest {
  readonly imports: Readonly<Record<string, string | { readonly source: string; readonly default: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
const doors = new Map(
  Object.entries(manifest.imports).map(([name, target]) => [
    name,
    (typeof target === "string" ? target : target.source).replace(/^\.\//, ""),
  ]),
);
const packages = new Set(Object.keys(manifest.dependencies ?? {}));

function readHouse(): House {
  const paths = readdirSync(join(ROOT, "src"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = paths.map((entry) => join(entry.parentPath, entry.name));
  return { files: new Map(files.map((path) => [relative(ROOT, path), readFileSync(path, "utf8")])), doors, packages };
}

const house = readHouse();

test("the house stands: floors, siblings, doors, names", () => {
  assert.deepEqual(findFaults(house), []);
});

test("every room has a door, and every door a name in package.json", () => {
  const rooms = new Map(
    [...house.files.keys()].map((path) => roomOf(path)).flatMap((room) => (room === undefined ? [] : [[room.door, room]])),
  );
  const missing = [...rooms.values()].flatMap(({ door, isNamed }) => {
    if (!house.files.has(door)) return [`there is no door ${door}`];
    return !isNamed || [...doors.values()].includes(door) ? [] : [`${door} has no #name in package.json`];
  });
  assert.deepEqual(missing, []);
});

function roomOf(path: string): { readonly door: string; readonly isNamed: boolean } | undefined {
  const place = placeOf(path);
  if (place === undefined) return undefined;
  if (place.floor === "daemon") {
    // The program itself is entered by running it; its parts have doors for each other.
    const [, , part, ...rest] = path.split("/");
    return rest.length === 0 ? undefined : { door: `src/daemon/${part}/index.ts`, isNamed: false };
  }
  return { door: `src/${place.floor}${place.rules.isOneRoom === true ? "" : `/${place.room}`}/index.ts`, isNamed: true };
}

test("each name in package.json leads to the same place in the sources and in the package", () => {
  for (const [name, target] of Object.entries(manifest.imports)) {
    if (typeof target === "string") continue;
    assert.ok(house.files.has(target.source.slice(2)), `${name} leads to ${target.source}, which does not exist`);
    assert.equal(target.default, target.source.replace("./src/", "./dist/").replace(/\.ts$/, ".js"), name);
  }
});

test("imports are found in every form, and nowhere else", () => {
  const code = [
    'import { a } from "one";',
    'import type {\n  B,\n  C,\n} from "two";',
    'export * from "three";',
    'export type { D } from "four";',
    'import "five";',
    'const x = await import("six");',
    'new Worker(fileURLToPath(import.meta.resolve("seven")));',
    'new Worker(new URL("./eight.ts", import.meta.url));',
    'const text = "from \\"nine\\"";',
  ].join("\n");
  assert.deepEqual([...importsOf(code)].toSorted(), ["./eight.ts", "five", "four", "one", "seven", "six", "three", "two"]);
});

/** One crooked line in an otherwise empty house, and the complaint it has to cause. */
const PLANTED: readonly (readonly [path: string, code: string, complaint: string])[] = [
  ["src/services/images/x.ts", 'import fs from "node:fs";', "src/services/images/x.ts → node:fs: services does without node:fs"],
  ["src/services/images/x.ts", 'import { get } from "node:http";', "src/services/images/x.ts → node:http: services does without node:http"],
  [
    "src/services/images/x.ts",
    'import { spawn } from "node:child_process";',
    "src/services/images/x.ts → node:child_process: services does without node:child_process",
  ],
  ["src/services/images/x.ts", 'import { q } from "#wire";', "src/services/images/x.ts → #wire: services may not use formats/wire"],
  ["src/services/images/x.ts", 'import { e } from "#engine";', "src/services/images/x.ts → #engine: services may not use engine/engine"],
  ["src/services/images/x.ts", 'import { c } from "#images";', "src/services/images/x.ts → #images: inside a room imports are relative"],
  [
    "src/services/images/x.ts",
    'import { c } from "../../resources/content/index.ts";',
    "src/services/images/x.ts → ../../resources/content/index.ts: a relative import leaves its room",
  ],
  [
    "src/resources/content/x.ts",
    'const y = await import("#layers");',
    "src/resources/content/x.ts → #layers: content may not use its sibling layers",
  ],
  [
    "src/resources/content/x.ts",
    'import type { Q } from "#wire";',
    "src/resources/content/x.ts → #wire: resources may not use formats/wire",
  ],
  [
    "src/formats/oci/x.ts",
    'import { readFile } from "node:fs/promises";',
    "src/formats/oci/x.ts → node:fs/promises: formats does without node:fs/promises",
  ],
  ["src/formats/oci/x.ts", 'export * from "#wire";', "src/formats/oci/x.ts → #wire: oci may not use its sibling wire"],
  ["src/base/errors/x.ts", 'import { a } from "#async";', "src/base/errors/x.ts → #async: errors may not use its sibling async"],
  ["src/clients/sdk/x.ts", 'import { i } from "#images";', "src/clients/sdk/x.ts → #images: clients may not use services/images"],
  ["src/clients/sdk/x.ts", 'import { a } from "left-pad";', "src/clients/sdk/x.ts → left-pad: not in the dependencies"],
  ["src/clients/sdk/x.ts", 'import { a } from "#nowhere";', "src/clients/sdk/x.ts → #nowhere: package.json knows no such name"],
  ["src/clients/sdk/x.ts", 'import { a } from "./nowhere.ts";', "src/clients/sdk/x.ts → ./nowhere.ts: there is no such file"],
  [
    "src/daemon/api/x.ts",
    'import { a } from "../listen/planted.ts";',
    "src/daemon/api/x.ts → ../listen/planted.ts: goes around the door of listen",
  ],
  ["src/daemon/api/x.ts", "const a = process.env;", "src/daemon/api/x.ts: reads process.env, which is for the program's edge"],
  [
    "src/engine/index.ts",
    "/** Door. */\nexport const a = 1;",
    'src/engine/index.ts: a door only re-exports, and this one has "export const a = 1;"',
  ],
  ["src/engine/index.ts", 'export { a } from "./planted.ts";', "src/engine/index.ts: a door begins with a paragraph on its room"],
  ["src/engine/openEngine.ts", "", "src/engine/openEngine.ts: file and folder names are kebab-case"],
  ["src/engine/helpers.ts", "", 'src/engine/helpers.ts: "helpers.ts" names nothing'],
  ["src/engine/x.ts", 'new Worker(import.meta.resolve("#ingest-worker"));', "src/engine/x.ts → #ingest-worker: belongs to content alone"],
  ["src/attic/x.ts", 'import { a } from "#errors";', "src/attic/x.ts: is on no floor"],
];

test("a planted fault is named with file and edge", () => {
  for (const [path, code, complaint] of PLANTED) {
    const files = new Map([
      ["src/engine/planted.ts", ""],
      ["src/daemon/listen/planted.ts", ""],
      [path, code],
    ]);
    assert.deepEqual(findFaults({ files, doors, packages: new Set() }), [complaint]);
  }
});

test("what only looks like a fault is none", () => {
  const innocent: readonly (readonly [string, string])[] = [
    ["src/services/images/x.ts", '// import fs from "node:fs";\n/* import "#wire"; */\n/** as `process.env` */'],
    ["src/services/images/x.test.ts", 'import { mkdtemp } from "node:fs/promises";'],
    ["src/resources/content/x.ts", 'import { lockDirectory } from "#disk";'],
    ["src/resources/content/x.ts", 'new Worker(fileURLToPath(import.meta.resolve("#ingest-worker")));'],
    ["src/daemon/x.ts", 'import { a } from "./listen/index.ts";'],
  ];
  for (const file of innocent) {
    const files = new Map([["src/daemon/listen/index.ts", "/** Door. */"], file]);
    assert.deepEqual(findFaults({ files, doors, packages: new Set() }), []);
  }
});
