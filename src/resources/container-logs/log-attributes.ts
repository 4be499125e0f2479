import { invalidArgument } from "#errors";

/** What the lines of a log may tell of the container. */
export interface AttributeSources {
  readonly id: string;
  readonly name: string;
  readonly imageName: string;
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `NAME=value`. */
  readonly env: readonly string[];
}

/**
 * The options `labels`, `env`, their `-regex` forms and `tag`: what is asked for and there, sorted by name.
 *
 * @throws invalid-argument for expressions and templates that cannot be read.
 */
export function logAttributes(
  options: Readonly<Record<string, string>>,
  sources: AttributeSources,
): Readonly<Record<string, string>> | undefined {
  const env = new Map(sources.env.map((entry) => splitEnv(entry)));
  const chosen = [
    ...pick(new Map(Object.entries(sources.labels)), options["labels"], options["labels-regex"]),
    ...pick(env, options["env"], options["env-regex"]),
    ...tagOf(options["tag"], sources),
  ];
  if (chosen.length === 0) return undefined;
  return Object.fromEntries(chosen.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

type Attribute = readonly [name: string, value: string];

function pick(from: ReadonlyMap<string, string>, names = "", pattern = ""): readonly Attribute[] {
  const wanted = new Set(names.split(","));
  const matches = pattern === "" ? undefined : compile(pattern);
  return [...from].filter(([name]) => wanted.has(name) || matches?.test(name) === true);
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch (error) {
    throw invalidArgument(`error parsing regexp: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function splitEnv(entry: string): [string, string] {
  const at = entry.indexOf("=");
  return at === -1 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)];
}

/** Of Go's template language the fields that Docker documents for tags, and no functions. */
function tagOf(tag: string | undefined, { id, name, imageName, imageId }: AttributeSources): readonly Attribute[] {
  if (tag === undefined || tag === "") return [];
  const fields: Readonly<Record<string, string>> = {
    ID: id.slice(0, 12),
    FullID: id,
    Name: name,
    ImageID: imageId.replace(/^sha256:/, "").slice(0, 12),
    ImageFullID: imageId,
    ImageName: imageName,
    DaemonName: "docker",
  };
  const text = tag.replaceAll(/\{\{(.*?)\}\}|\{\{/g, (action, inside: string | undefined) => {
    const field = /^\s*\.([A-Za-z]+)\s*$/.exec(inside ?? "")?.[1] ?? "";
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (value === undefined) throw unreadableTag(action, Object.keys(fields));
    return value;
  });
  return [["tag", text]];
}

function unreadableTag(action: string, fields: readonly string[]): Error {
  const expected = fields.map((field) => `{{.${field}}}`).join(", ");
  return invalidArgument(`cannot read the log option tag: unknown template action "${action}", expected one of ${expected}`);
}
