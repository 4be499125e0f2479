import type { BuildEvent, Engine } from "#engine";
import { invalidArgument, notImplemented } from "#errors";
import { parseList } from "#wire";
import type { Call } from "../http/call.ts";
import { isSince } from "../http/is-since.ts";

/** What is asked for: an image that is stored, its archive besides, or nothing but the files. */
export type BuildOutput = "image" | "archive" | "files";

const KINDS: Readonly<Record<string, BuildOutput>> = {
  image: "image",
  moby: "image",
  docker: "image",
  oci: "archive",
  tar: "files",
  local: "files",
};
const PREFIX = "invalid outputs specified";

export interface ReadOutput {
  readonly output: BuildOutput;
  /** More names for the image. */
  readonly names: readonly string[];
}

/** `[{"Type", "Attrs"}]`, as the docker CLI sends it. @throws invalid-argument for more than one, and for types that are not known. */
export function readOutput({ parameters, version }: Call): ReadOutput {
  const text = isSince(version, "1.40") ? parameters.text("outputs") : "";
  const outputs = text === "" ? [] : parseList(text, PREFIX, "build.ImageBuildOutput");
  if (outputs.length > 1) throw invalidArgument("multiple outputs not supported");
  const { Type: type = "image", Attrs: attributes = {} } = (outputs[0] ?? {}) as { Type?: unknown; Attrs?: Record<string, unknown> | null };
  const output = typeof type === "string" && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (output === undefined) {
    throw invalidArgument(
      `${PREFIX}: exporter ${JSON.stringify(type)} could not be found: expected one of ${Object.keys(KINDS).join(", ")}`,
    );
  }
  const { name = "", push = "" } = attributes ?? {};
  if (String(push) === "true")
    throw notImplemented("a build that pushes its image is not there yet: push it with POST /images/{name}/push");
  return { output, names: typeof name === "string" ? name.split(",").filter((each) => each !== "") : [] };
}

/** The archive that is the answer of a build with such an output: of its files, or of its image. */
export async function* archiveOf(
  events: AsyncIterable<BuildEvent>,
  { output, names }: ReadOutput,
  { engine, signal }: { readonly engine: Engine; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  for await (const event of events) {
    if (event.type === "files") yield* event.tar;
    if (event.type === "done" && output === "archive") {
      yield* await engine.images.save({ names: names.length === 0 ? [event.id] : names }, { signal });
    }
  }
}
