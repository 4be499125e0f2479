import { EngineError, invalidArgument, isEngineError } from "#errors";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import { parseContainerName } from "../create/container-name.ts";

/** @throws conflict when somebody has that name; invalid-argument for what is none. */
export async function renameContainer({ containers, events }: ContainerDeps, words: string, newWords: string): Promise<void> {
  if (words === "" || newWords === "") throw invalidArgument("Neither old nor new names may be empty");
  const container = containers.get(words);
  await container.inTurn(async () => {
    const oldName = container.record.name;
    if (newWords.replace(/^\//, "") === oldName) throw invalidArgument("Renaming a container with the same name as its current name");
    const name = takeName(() => {
      const name = parseContainerName(newWords.startsWith("/") ? newWords : `/${newWords}`);
      containers.takeName(name, container.id);
      return name;
    });
    try {
      await container.change({ name }, { lasting: true });
    } catch (error) {
      containers.giveBackName(name, container.id);
      throw error;
    }
    containers.giveBackName(oldName, container.id);
    publishContainerEvent({ events }, "rename", container, { oldName: `/${oldName}` });
  });
}

function takeName(take: () => string): string {
  try {
    return take();
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw new EngineError(error.kind, `Error when allocating new name: ${error.message}`, { cause: error });
  }
}
