import { randomBytes } from "node:crypto";
import type { ContainerRecord } from "#container-records";
import { invalidArgument } from "#errors";
import type { ContainerSettings, HostConfig } from "#oci";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import { Container } from "../container.ts";
import type { ContainerCreateRequest, ContainerCreateResult } from "../types.ts";
import { removeVolumesOf } from "../volumes/container-volumes.ts";
import { checkSettings } from "./check-settings.ts";
import { inventName, parseContainerName } from "./container-name.ts";
import { findImage } from "./find-image.ts";
import type { FoundImage } from "./find-image.ts";
import { withDefaults } from "./host-defaults.ts";
import type { Machine } from "./machine.ts";
import { mergeConfig } from "./merge-config.ts";
import { cleanPath } from "./mount-path.ts";
import { planEndpoints } from "./plan-endpoints.ts";
import { planMounts } from "./plan-mounts.ts";
import { recordMounts } from "./record-mounts.ts";
import { resolveModes } from "./resolve-modes.ts";

/** Makes a container: its record and its name. Nothing is unpacked and nothing runs yet. */
export async function createContainer(deps: ContainerDeps, request: ContainerCreateRequest): Promise<ContainerCreateResult> {
  const warnings = checkSettings(request, deps.machine);
  using hold = deps.holds.take();
  const image = await findImage(deps, request, hold);
  if (image.warning !== undefined) warnings.push(image.warning);
  const config = mergeConfig(withCleanPlace(request.config), image.config);
  const { path, args } = commandOf(config);
  const id = randomBytes(32).toString("hex");
  const name = takeName(deps, request.name, id);
  try {
    const hostConfig = resolveModes(deps, withDefaults(request.hostConfig, deps.machine));
    const endpoints = planEndpoints(request, hostConfig);
    const mounts = await recordMounts(deps, planMounts(hostConfig, config), hostConfig.VolumesFrom ?? []);
    const settings = { ...config, Hostname: hostnameOf(id, config, { hostConfig, machine: deps.machine }) };
    const own = { id, name, path, args, config: settings, hostConfig, endpoints, mounts };
    const record = { ...own, ...partsOf(image), created: deps.now().toISOString(), state: CREATED, restartCount: 0 };
    await store(deps, record).catch(async (error: unknown) => {
      await removeVolumesOf(deps, record);
      throw error;
    });
    return { id, warnings };
  } catch (error) {
    deps.containers.giveBackName(name, id);
    throw error;
  }
}

const CREATED: ContainerRecord["state"] = {
  status: "created",
  exitCode: 0,
  error: "",
  isOomKilled: false,
  startedAt: undefined,
  finishedAt: undefined,
};

function partsOf({ id, platform, manifest, layers }: FoundImage): Pick<ContainerRecord, "image" | "platform" | "manifest" | "layers"> {
  const kept = layers.map(({ descriptor: { digest: blob, size, mediaType }, diffId }) => ({ diffId, blob, size, mediaType }));
  return { image: id, platform, manifest, layers: kept };
}

interface Place {
  readonly hostConfig: HostConfig;
  readonly machine: Machine;
}

/** Only what the user said is cleaned, as in Docker. */
function withCleanPlace(config: ContainerSettings): ContainerSettings {
  return config.WorkingDir ? { ...config, WorkingDir: cleanPath(config.WorkingDir) } : config;
}

/** Whoever shares the machine's network is called what it is called. */
function hostnameOf(id: string, { Hostname: given }: ContainerSettings, { hostConfig, machine }: Place): string {
  if (given !== "") return given;
  return hostConfig.NetworkMode === "host" ? machine.hostname : id.slice(0, 12);
}

/** What it stands on is kept before anybody can see it, so that no removal of its image comes between. */
async function store(deps: ContainerDeps, record: ContainerRecord): Promise<void> {
  const { metadata, records, containers } = deps;
  const blobs = [...record.layers.map(({ blob }) => blob), ...(record.image === undefined ? [] : [record.image])];
  metadata.transaction(() => metadata.containerBlobs.put(record.id, blobs));
  await records.create(record);
  const container = new Container(record, records, deps.warn);
  containers.add(container);
  publishContainerEvent(deps, "create", container);
}

/** @throws invalid-argument when there is nothing to run. */
function commandOf({ Entrypoint = [], Cmd = [] }: ContainerSettings): { readonly path: string; readonly args: readonly string[] } {
  const isCleared = Entrypoint.length === 1 && Entrypoint[0] === "";
  const [path, ...args] = [...(isCleared ? [] : Entrypoint), ...Cmd];
  if (path === undefined) throw invalidArgument("no command specified");
  return { path, args };
}

function takeName({ containers }: ContainerDeps, wanted: string | undefined, id: string): string {
  const name = wanted === undefined ? inventName(containers, id) : parseContainerName(wanted);
  containers.takeName(name, id);
  return name;
}
