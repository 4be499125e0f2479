import { encodeContainerInspect } from "../encode/container-inspect.ts";
import { encodeContainerSummary } from "../encode/container-summary.ts";
import { json } from "../http/answer.ts";
import type { WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";

const FILTERS: ReadonlySet<string> = new Set(
  "ancestor before exited expose health id isolation is-task label name network publish since status volume".split(" "),
);

export async function listContainers({ api, version, parameters }: Call): Promise<WholeAnswer> {
  parameters.filters(FILTERS);
  const list = await api.engine.containers.list({ all: parameters.flag("all"), size: parameters.flag("size") });
  return json(list.map((container) => encodeContainerSummary(container, version)));
}

export async function inspectContainer({ api, version, name, parameters }: Call): Promise<WholeAnswer> {
  const detail = await api.engine.containers.inspect(name, { size: parameters.flag("size") });
  return json(encodeContainerInspect(detail, version));
}
