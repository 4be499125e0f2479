import { completion } from "#async";
import type { Engine } from "#engine";

import { collect, streamOf } from "../fixtures/streams.ts";
import { contextTar } from "./context.ts";
import { options } from "./options.ts";

/** Brings the bases in. */
export async function importBases(engine: Engine, tars: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [name, tar] of tars) {
    const [repository = "", tag = ""] = name.split(":");
    await completion(engine.images.import({ archive: streamOf([tar]), repository, tag, message: "Imported from -" }));
  }
}

/** Builds a case in this process; gives the image's archive, as `docker save` would. */
export async function buildArchive(engine: Engine, name: string): Promise<Buffer> {
  const { target, buildArgs, labels, secrets = {} } = options[name] ?? {};
  const said: string[] = [];
  const request = {
    context: streamOf([await contextTar(name)]),
    tags: [`suite/${name}:1`],
    network: "none" as const,
    secrets: new Map(Object.entries(secrets).map(([id, value]) => [id, Buffer.from(value)])),
    ...(target !== undefined && { target }),
    ...(buildArgs !== undefined && { buildArgs }),
    ...(labels !== undefined && { labels }),
  };
  try {
    for await (const event of engine.builds.build(request)) if (event.type === "output") said.push(event.text);
  } catch (error) {
    throw new Error(`the build has failed; it said:\n${said.join("")}`, { cause: error });
  }
  return collect(await engine.images.save({ names: [`suite/${name}:1`] }));
}
