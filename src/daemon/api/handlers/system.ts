import type { ContainerSummary } from "#containers";
import { invalidArgument } from "#errors";
import type { DiskUsageType } from "#wire";
import { encodeDiskUsage } from "../encode/disk-usage.ts";
import { encodeInfo } from "../encode/info.ts";
import type { InfoFacts } from "../encode/info.ts";
import { encodeVersion } from "../encode/version.ts";
import { json } from "../http/answer.ts";
import type { WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { isSince } from "../http/is-since.ts";

export function version({ api }: Call): WholeAnswer {
  return json(encodeVersion(api.options, api.minApiVersion));
}

export async function info({ api, version }: Call): Promise<WholeAnswer> {
  const { engine, options } = api;
  const images = await engine.images.list({ all: true });
  const containers = countContainers(await engine.containers.list({ all: true }));
  const facts = { engineId: engine.id, dataRoot: engine.dataRoot, images: images.length, containers, now: api.now(), options };
  return json(encodeInfo(facts, version));
}

function countContainers(list: readonly ContainerSummary[]): InfoFacts["containers"] {
  const count = (...states: readonly string[]): number => list.filter(({ record }) => states.includes(record.state.status)).length;
  return { running: count("running"), paused: count("paused"), stopped: count("created", "exited", "dead") };
}

const TYPES: ReadonlySet<string> = new Set<DiskUsageType>(["container", "image", "volume", "build-cache"]);

export async function diskUsage({ api, version, parameters }: Call): Promise<WholeAnswer> {
  const words = isSince(version, "1.42") ? parameters.list("type") : [];
  const types = new Set(words.map(toType));
  const isVerbose = isSince(version, "1.52") && parameters.flag("verbose");
  return json(encodeDiskUsage({ usage: await api.engine.diskUsage(), types, isVerbose }, version));
}

function toType(word: string): DiskUsageType {
  if (!isType(word)) throw invalidArgument(`unknown object type: ${word}`);
  return word;
}

function isType(word: string): word is DiskUsageType {
  return TYPES.has(word);
}
