import { posix } from "node:path";
import { FLOORS, READS_ENVIRONMENT } from "./house-rules.ts";
import type { Floor } from "./house-rules.ts";

/** The house as text, so that tests can build a crooked one. */
export interface House {
  /** By path from the root, `src/…`. */
  readonly files: ReadonlyMap<string, string>;
  /** Where each `#name` leads. */
  readonly doors: ReadonlyMap<string, string>;
  /** Packages that may be imported. */
  readonly packages: ReadonlySet<string>;
}

/** Every broken rule, as a sentence with file and edge. */
export function findFaults(house: House): readonly string[] {
  return [...house.files].flatMap(([path, text]) => {
    const code = withoutComments(text);
    // Tests may reach for whatever they need to prove their room.
    if (path.endsWith(".test.ts")) return nameFaults(path);
    return [
      ...nameFaults(path),
      ...importsOf(code).flatMap((target) => importFault(house, path, target) ?? []),
      ...doorFaults(path, text, code),
      ...environmentFaults(path, code),
    ];
  });
}

interface Place {
  readonly floor: string;
  readonly rules: Floor;
  readonly room: string;
}

/** Where a file lives; `undefined` outside the house. */
export function placeOf(path: string): Place | undefined {
  const [top, floor = "", room = ""] = path.split("/");
  const rules = FLOORS[floor];
  if (top !== "src" || rules === undefined) return undefined;
  return { floor, rules, room: rules.isOneRoom === true ? floor : room };
}

function importFault({ files, doors, packages }: House, path: string, target: string): string | undefined {
  const here = placeOf(path);
  if (here === undefined) return `${path}: is on no floor`;
  const edge = `${path} → ${target}`;
  if (target.startsWith(".")) return relativeFault(path, target, files);
  if (target.startsWith("node:")) {
    const isAllowed = here.rules.node.includes("*") || here.rules.node.includes(target);
    return isAllowed ? undefined : `${edge}: ${here.floor} does without ${target}`;
  }
  if (!target.startsWith("#")) return packages.has(target) ? undefined : `${edge}: not in the dependencies`;
  const door = doors.get(target);
  if (door === undefined) return `${edge}: package.json knows no such name`;
  const there = placeOf(door);
  // The manifest is a value, not a room.
  if (there === undefined) return undefined;
  const isOwnRoom = here.floor === there.floor && here.room === there.room;
  // A worker's file is a name too, because only names know whether the sources or the package run.
  if (posix.basename(door) !== "index.ts") return isOwnRoom ? undefined : `${edge}: belongs to ${there.room} alone`;
  return edgeFault(edge, here, there);
}

function edgeFault(edge: string, here: Place, there: Place): string | undefined {
  if (here.floor === there.floor) {
    if (here.room === there.room) return `${edge}: inside a room imports are relative`;
    const isListed = here.rules.siblings.some(([from, to]) => (from === "*" || from === here.room) && to === there.room);
    return isListed ? undefined : `${edge}: ${here.room} may not use its sibling ${there.room}`;
  }
  const isBelow = here.rules.mayUse.includes(there.floor) && here.rules.except?.includes(there.room) !== true;
  return isBelow ? undefined : `${edge}: ${here.floor} may not use ${there.floor}/${there.room}`;
}

function relativeFault(path: string, target: string, files: ReadonlyMap<string, string>): string | undefined {
  const edge = `${path} → ${target}`;
  const resolved = posix.join(posix.dirname(path), target);
  const [here, there] = [placeOf(path), placeOf(resolved)];
  if (here?.floor !== there?.floor || here?.room !== there?.room) return `${edge}: a relative import leaves its room`;
  if (!files.has(resolved)) return `${edge}: there is no such file`;
  if (here?.floor !== "daemon") return undefined;
  // The daemon is one program of several parts, and each part has a door.
  const [from, to] = [partOf(path), partOf(resolved)];
  return from !== to && to !== "" && posix.basename(resolved) !== "index.ts" ? `${edge}: goes around the door of ${to}` : undefined;
}

function partOf(path: string): string {
  const parts = path.split("/");
  return parts.length > 3 ? (parts[2] ?? "") : "";
}

/** A door says what the room is and hands things out; it does nothing. */
function doorFaults(path: string, text: string, code: string): readonly string[] {
  if (posix.basename(path) !== "index.ts") return [];
  const rest = code.replace(/export\s+(type\s+)?(\*|\{[^}]*\})\s*from\s*"[^"]+";/g, "").trim();
  return [
    ...(text.startsWith("/**") ? [] : [`${path}: a door begins with a paragraph on its room`]),
    ...(rest === "" ? [] : [`${path}: a door only re-exports, and this one has ${JSON.stringify(rest.slice(0, 60))}`]),
  ];
}

function nameFaults(path: string): readonly string[] {
  const parts = path.split("/");
  const isGood = parts.every((part) => /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|contract|fixture))?(\.ts)?$/.test(part));
  const vague = parts.find((part) => /^(utils?|helpers?|common|misc|managers?|base-.*)(\.ts)?$/.test(part) && path !== `src/base/${part}`);
  return [
    ...(isGood ? [] : [`${path}: file and folder names are kebab-case`]),
    ...(vague === undefined ? [] : [`${path}: "${vague}" names nothing`]),
  ];
}

function environmentFaults(path: string, code: string): readonly string[] {
  if (!/\bprocess\.env\b/.test(code) || READS_ENVIRONMENT.some((pattern) => pattern.test(path))) return [];
  return [`${path}: reads process.env, which is for the program's edge`];
}

const IMPORTS = [
  /^\s*(?:import|export)\b[^"'`;]*?\bfrom\s*"([^"]+)"/gm,
  /^\s*import\s*"([^"]+)"/gm,
  /\bimport\s*\(\s*"([^"]+)"/g,
  /\bimport\.meta\.resolve\(\s*"([^"]+)"/g,
  /\bnew URL\(\s*"(\.[^"]+)",\s*import\.meta\.url/g,
];

export function importsOf(code: string): readonly string[] {
  return [...new Set(IMPORTS.flatMap((pattern) => [...code.matchAll(pattern)].map(([, target]) => target ?? "")))];
}

/** Strings keep their places, so that `"https://…"` is no comment. */
function withoutComments(text: string): string {
  return text.replace(
    /("(?:[^"\\\n]|\\.)*")|\/\*[^]*?\*\/|(^|\s)\/\/[^\n]*/g,
    (_, quoted: string | undefined, space: string | undefined) => quoted ?? space ?? "",
  );
}
