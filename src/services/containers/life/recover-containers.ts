import type { ContainerRecord } from "#container-records";
import type { ContainerDeps } from "../container-deps.ts";
import { inventName } from "../create/container-name.ts";
import { Container } from "../container.ts";
import { removeVolumesOf } from "../volumes/container-volumes.ts";

type RecoverDeps = Pick<ContainerDeps, "containers" | "records" | "volumes" | "metadata" | "events" | "now" | "warn">;

/**
 * Reads the containers of earlier engines. What ran when the engine was killed has been ended by now: that is what its
 * record says from here on, and what was to be removed at its end is. Comes before any garbage is collected.
 */
export async function recoverContainers(deps: RecoverDeps): Promise<void> {
  const { containers, records, metadata, now, warn } = deps;
  const loaded = await records.load();
  const ended: ContainerRecord[] = [];
  loaded.sort((a, b) => (a.created < b.created ? -1 : 1));
  for (const record of loaded) {
    if (record.hostConfig.AutoRemove && record.state.status !== "created") {
      ended.push(record);
      continue;
    }
    const container = new Container(record, records, warn);
    if (containers.isNameTaken(record.name)) {
      const name = inventName(containers, record.id);
      warn(`container ${record.id} is called ${name} from here on: another one is called ${record.name}`);
      await container.change({ name }, { lasting: true });
    }
    containers.takeName(container.record.name, record.id);
    containers.add(container);
    if (!container.isRunning) continue;
    await container.noteState({ status: "exited", exitCode: 137, finishedAt: now().toISOString() });
    warn(`container ${record.name} was running when the engine was killed; it was ended`);
  }
  // Once it is known who uses which volume.
  for (const record of ended) {
    await removeVolumesOf(deps, record);
    await records.remove(record.id);
  }
  metadata.transaction(() => {
    const known = new Set(containers.all().map(({ id }) => id));
    for (const id of metadata.containerBlobs.containers()) if (!known.has(id)) metadata.containerBlobs.remove(id);
    for (const {
      record: { id, layers, image },
    } of containers.all()) {
      metadata.containerBlobs.put(id, [...layers.map(({ blob }) => blob), ...(image === undefined ? [] : [image])]);
    }
  });
}
