import { randomBytes } from "node:crypto";
import type { ContainerRecord } from "#container-records";
import { invalidArgument, isEngineError } from "#errors";
import { imageContent } from "#images";
import type { Hold, ImageContent } from "#images";
import { formatPlatform, samePlatform } from "#oci";
import type { ContainerSettings, Platform } from "#oci";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import { Container } from "../container.ts";
import type { ContainerCreateRequest, ContainerCreateResult } from "../types.ts";
import { checkSettings } from "./check-settings.ts";
import { inventName, parseContainerName } from "./container-name.ts";
import { withDefaults } from "./host-defaults.ts";
import { mergeConfig } from "./merge-config.ts";
import { planEndpoints } from "./plan-endpoints.ts";

/** Makes a container: its record and its name. Nothing is unpacked and nothing runs yet. */
export async function createContainer(deps: ContainerDeps, request: ContainerCreateRequest): Promise<ContainerCreateResult> {
  const warnings = checkSettings(request);
  using hold = deps.holds.take();
  const image = await findImage(deps, request, hold);
  if (image?.warning !== undefined) warnings.push(image.warning);
  const config = mergeConfig(request.config, image?.content.config.config ?? {});
  const { path, args } = commandOf(config);
  const id = randomBytes(32).toString("hex");
  const name = takeName(deps, request.name, id);
  try {
    const content = image?.content;
    const hostConfig = withDefaults(request.hostConfig);
    const record: ContainerRecord = {
      id,
      name,
      created: deps.now().toISOString(),
      image: content?.id,
      platform: content === undefined ? deps.hostPlatform : { ...deps.hostPlatform, ...platformOf(content) },
      manifest: content?.manifest,
      layers: (content?.layers ?? []).map(({ descriptor: { digest: blob, size, mediaType }, diffId }) => ({
        diffId,
        blob,
        size,
        mediaType,
      })),
      path,
      args,
      config: { ...config, Hostname: config.Hostname === "" ? id.slice(0, 12) : config.Hostname },
      hostConfig,
      endpoints: planEndpoints(request, hostConfig),
      mounts: [],
      state: CREATED,
      restartCount: 0,
    };
    await store(deps, record);
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

interface FoundImage {
  readonly content: ImageContent;
  readonly warning: string | undefined;
}

/** That for this machine, or else, unless a platform was asked for, the one there is. */
async function findImage(deps: ContainerDeps, { config, platform }: ContainerCreateRequest, hold: Hold): Promise<FoundImage | undefined> {
  const name = config.Image;
  if (name === "") return undefined;
  try {
    return { content: await imageContent(deps, name, platform ?? deps.hostPlatform, hold), warning: undefined };
  } catch (error) {
    if (platform !== undefined || !isEngineError(error, "not-found")) throw error;
    const content = await imageContent(deps, name, undefined, hold);
    const [actual, own] = [platformOf(content), deps.hostPlatform];
    if (samePlatform(actual, own)) throw error;
    const warning =
      `The requested image's platform (${formatPlatform(actual)}) does not match the detected host platform (${formatPlatform(own)}) ` +
      "and no specific platform was requested";
    return { content, warning };
  }
}

function platformOf({ config: { os, architecture, variant } }: ImageContent): Platform {
  return { os, architecture, ...(variant !== undefined && { variant }) };
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
