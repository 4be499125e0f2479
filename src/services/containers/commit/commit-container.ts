import type { StagedBlob } from "#content";
import { applyChanges } from "#dockerfile";
import { conflict, internal } from "#errors";
import { collectGarbage, LAYER_TYPE, publishImageEvent, readStored, storeImage } from "#images";
import type { Hold } from "#images";
import { canonical, familiar, MAX_CONFIG_SIZE, parseImageConfig, parseTagTarget } from "#oci";
import type { ContainerConfig, ImageConfig, ImageId, Reference } from "#oci";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import type { Container } from "../container.ts";
import { mergeConfig } from "../create/merge-config.ts";
import { rootRequest } from "../life/mount-root.ts";
import { pauseContainer, unpauseContainer } from "../life/pause-container.ts";
import type { CommitRequest, CommitResult } from "../types.ts";
import { committedConfig } from "./committed-config.ts";

interface Options {
  readonly signal?: AbortSignal;
}

/** Makes an image of a container. Everything that can be refused is, before anything stands still. */
export async function commitContainer(
  deps: ContainerDeps,
  name: string,
  request: CommitRequest = {},
  { signal }: Options = {},
): Promise<CommitResult> {
  const { repository = "", tag, comment = "", changes = [], pause = true } = request;
  const reference = repository === "" ? undefined : parseTagTarget(repository, tag);
  const container = deps.containers.get(name);
  const { id: containerId, record } = container;
  if (container.isBeingRemoved) throw conflict(`You cannot commit container ${containerId} which is being removed`);
  if (container.state.status === "dead") throw conflict(`You cannot commit container ${containerId} which is Dead`);
  const config = mergeConfig(applyChanges(request.config ?? record.config, changes), record.config);
  await using stillness = new AsyncDisposableStack();
  if (pause) await standStill(deps, container, stillness);
  const id = await commit(deps, container, { ...request, comment, config, reference, signal });
  const imageRef = reference === undefined ? "" : familiar(reference);
  publishContainerEvent(deps, "commit", container, { comment, imageID: id, imageRef });
  return { id };
}

/** A container that cannot be paused, or is already, is committed as it is. What is paused here goes on, whatever happens. */
async function standStill(deps: ContainerDeps, container: Container, stillness: AsyncDisposableStack): Promise<void> {
  if (!container.isRunning || container.isPaused) return;
  try {
    await pauseContainer(deps, container.id);
  } catch {
    return;
  }
  // It may have been resumed, ended or removed by somebody else.
  stillness.defer(() => unpauseContainer(deps, container.id).catch(() => undefined));
}

interface Commit {
  readonly config: ContainerConfig;
  readonly comment: string;
  readonly author?: string;
  readonly reference: Reference | undefined;
  readonly signal: AbortSignal | undefined;
}

async function commit(deps: ContainerDeps, container: Container, { reference, signal, ...parts }: Commit): Promise<ImageId> {
  const { record } = container;
  using hold = deps.holds.take();
  for (const { blob } of record.layers) hold.add(blob);
  const base = await baseConfig(deps, container, hold);
  const change = await receiveChange(deps, container, signal);
  try {
    const diffId = change.layer?.diffId;
    if (diffId === undefined) throw internal(change.notLayer ?? "unexpected EOF");
    hold.add(change.digest);
    const isEmpty = diffId === EMPTY_TAR;
    const facts = { record, base, diffId: isEmpty ? undefined : diffId, created: deps.now() };
    const config = committedConfig({ ...parts, ...facts });
    const below = record.layers.map(({ mediaType, blob: digest, size }) => ({ mediaType, digest, size }));
    const layers = [...below, ...(isEmpty ? [] : [{ mediaType: LAYER_TYPE.none, digest: change.digest, size: change.size }])];
    const names = reference === undefined ? [] : [canonical(reference)];
    const staged = isEmpty ? [] : [change];
    const { id, released } = await storeImage(deps, hold, { config, layers, staged, parent: record.image, names });
    await collectGarbage(deps, released);
    publishImageEvent(deps, "create", id, id);
    if (reference !== undefined) publishImageEvent(deps, "tag", id, familiar(reference));
    return id;
  } finally {
    await deps.content.discard([change]);
  }
}

/** Of a tar without entries: who changed nothing gets no layer. */
const EMPTY_TAR = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

/** The image may have lost its names and its record since; what the container stands on stays for as long as it does. */
async function baseConfig(deps: ContainerDeps, { record: { image } }: Container, hold: Hold): Promise<ImageConfig | undefined> {
  if (image === undefined) return undefined;
  hold.add(image);
  return parseImageConfig(await readStored(deps, image, MAX_CONFIG_SIZE));
}

function receiveChange(deps: ContainerDeps, container: Container, signal: AbortSignal | undefined): Promise<StagedBlob> {
  return container.whileThere(async () => {
    await using ingest = await deps.content.ingest({ inspect: true });
    for await (const chunk of deps.snapshots.diff(await rootRequest(deps, container, signal))) await ingest.write(chunk);
    return await ingest.finish();
  });
}
