import { parsePlatform } from "#oci";
import { decodeCreate } from "../decode/create-container.ts";
import { empty, json } from "../http/answer.ts";
import type { WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { isSince } from "../http/is-since.ts";
import { readJsonBody } from "../http/json-body.ts";

export async function createContainer(call: Call): Promise<WholeAnswer> {
  const { api, version, parameters } = call;
  const document = await readJsonBody(call);
  const { os, architecture } = api.options.host;
  const platform = isSince(version, "1.41") ? parameters.text("platform") : "";
  const request = decodeCreate(document, {
    name: parameters.text("name"),
    platform: platform === "" ? undefined : parsePlatform(platform, { os, architecture }),
    version,
  });
  const { id, warnings } = await api.engine.containers.create(request);
  return json({ Id: id, Warnings: warnings }, 201);
}

export async function removeContainer({ api, name, parameters }: Call): Promise<WholeAnswer> {
  await api.engine.containers.remove(name, {
    force: parameters.flag("force"),
    volumes: parameters.flag("v"),
    link: parameters.flag("link"),
  });
  return empty(204);
}
