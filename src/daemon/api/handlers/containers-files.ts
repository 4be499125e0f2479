import { encodePathStat } from "../encode/path-stat.ts";
import { byteStream, empty, json, jsonText } from "../http/answer.ts";
import type { ByteStream, Headers, WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";

const KINDS = { modified: 0, added: 1, deleted: 2 } as const;

/** Docker says `null` of no changes. */
export async function containerChanges({ api, name, signal }: Call): Promise<WholeAnswer> {
  const changes = await api.engine.containers.changes(name, { signal });
  if (changes.length === 0) return jsonText("null");
  // Names may be any bytes.
  return json(changes.map(({ path, kind }) => ({ Path: path.toWellFormed(), Kind: KINDS[kind] })));
}

export function exportContainer({ api, name, signal }: Call): ByteStream {
  return byteStream("application/octet-stream", api.engine.containers.export(name, { signal }));
}

export async function statArchive({ api, name, parameters, signal }: Call): Promise<WholeAnswer> {
  return empty(200, statHeader(await api.engine.containers.statPath(name, parameters.text("path"), { signal })));
}

export async function readArchive({ api, name, parameters, signal }: Call): Promise<ByteStream> {
  const { stat, archive } = await api.engine.containers.readArchive(name, parameters.text("path"), { signal });
  const stream = byteStream("application/x-tar", archive);
  return { ...stream, headers: { ...stream.headers, ...statHeader(stat) } };
}

export async function writeArchive({ api, name, parameters, body: archive, signal }: Call): Promise<WholeAnswer> {
  const request = {
    path: parameters.text("path"),
    archive,
    keepsKinds: parameters.flag("noOverwriteDirNonDir"),
    givesToUser: parameters.flag("copyUIDGID"),
  };
  await api.engine.containers.writeArchive(name, request, { signal });
  return empty(200);
}

function statHeader(stat: Parameters<typeof encodePathStat>[0]): Headers {
  return { "X-Docker-Container-Path-Stat": Buffer.from(JSON.stringify(encodePathStat(stat))).toString("base64") };
}
