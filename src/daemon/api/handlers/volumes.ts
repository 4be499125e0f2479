import type { ListedVolume } from "#containers";
import { invalidArgument, isEngineError } from "#errors";
import { filterBool, filterValues, matchesLabels } from "#wire";
import type { Filters } from "#wire";
import { encodeVolume, VOLUME_LABELS } from "../encode/volume.ts";
import { empty, json } from "../http/answer.ts";
import type { WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";

const LIST_FILTERS = new Set(["dangling", "driver", "label", "name"]);
const PRUNE_FILTERS = new Set(["all", "label", "label!"]);

export function listVolumes({ api, parameters }: Call): WholeAnswer {
  const filters = readFilters(parameters);
  const listed = api.engine.containers.volumes.list().filter((volume) => isListed(volume, filters));
  return json({ Volumes: listed.map(({ volume }) => encodeVolume(volume)), Warnings: null });
}

function readFilters(parameters: Call["parameters"]): Filters {
  try {
    return parameters.filters(LIST_FILTERS);
  } catch (error) {
    if (isEngineError(error, "invalid-argument") && error.message === "invalid filter")
      throw invalidArgument("error reading volume filters: invalid filter", { cause: error });
    throw error;
  }
}

function isListed({ volume, users }: ListedVolume, filters: Filters): boolean {
  const isDangling = filterBool(filters, "dangling");
  if (isDangling !== undefined && isDangling !== (users.length === 0)) return false;
  const names = filterValues(filters, "name");
  if (names !== undefined && !names.some((name) => volume.name.includes(name))) return false;
  const drivers = filterValues(filters, "driver");
  return (drivers === undefined || drivers.includes("local")) && matchesLabels(filters, "label", VOLUME_LABELS);
}

export function inspectVolume({ api, name }: Call): WholeAnswer {
  return json(encodeVolume(api.engine.containers.volumes.inspect(name).volume));
}

/** By force one that is not there is gone, too. */
export async function removeVolume({ api, name, parameters }: Call): Promise<WholeAnswer> {
  const isForced = parameters.flag("force");
  try {
    await api.engine.containers.volumes.remove(name);
  } catch (error) {
    if (!isForced || !isEngineError(error, "not-found")) throw error;
  }
  return empty(204);
}

export async function pruneVolumes({ api, parameters }: Call): Promise<WholeAnswer> {
  const filters = parameters.filters(PRUNE_FILTERS);
  // There are no others than anonymous ones, so it only has to be a boolean.
  filterBool(filters, "all");
  const isKept = (filterValues(filters, "label!") ?? []).length > 0 && matchesLabels(filters, "label!", VOLUME_LABELS);
  const isWanted = (): boolean => !isKept && matchesLabels(filters, "label", VOLUME_LABELS);
  const { removed, reclaimed } = await api.engine.containers.volumes.prune(isWanted);
  return json({ VolumesDeleted: removed, SpaceReclaimed: reclaimed });
}
