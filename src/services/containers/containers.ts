import type { ContainerDeps } from "./container-deps.ts";
import type { Ending, WaitCondition } from "./container.ts";
import { createContainer } from "./life/create-container.ts";
import { removeContainer } from "./life/remove-container.ts";
import { inspectContainer } from "./look/inspect-container.ts";
import { listContainers } from "./look/list-containers.ts";
import type {
  ContainerDetail,
  ContainerListRequest,
  ContainerSummary,
  ContainerCreateRequest,
  ContainerCreateResult,
  ContainerRemoveRequest,
} from "./types.ts";

/** The verbs of containers. `name` is a name, an ID or the beginning of one. */
export interface Containers {
  create(request: ContainerCreateRequest): Promise<ContainerCreateResult>;
  /** Newest first. */
  list(request?: ContainerListRequest): Promise<readonly ContainerSummary[]>;
  inspect(name: string, request?: { readonly size?: boolean }): Promise<ContainerDetail>;
  remove(name: string, request?: ContainerRemoveRequest): Promise<void>;
  /** Resolves when the condition holds; whom it is asked of is looked for at once. */
  wait(name: string, condition: WaitCondition, options?: { readonly signal?: AbortSignal }): Promise<Ending>;
}

/** The verbs, each in its own file. */
export function createContainers(deps: ContainerDeps): Containers {
  return {
    create: (request) => createContainer(deps, request),
    list: (request) => listContainers(deps, request),
    inspect: (name, request) => inspectContainer(deps, name, request),
    remove: (name, request) => removeContainer(deps, name, request),
    wait: async (name, condition, { signal } = {}) => deps.containers.get(name).wait(condition, signal),
  };
}
