import type { UpdateRequest } from "#containers";
import type { HostResources, RestartPolicy } from "#oci";
import { goStruct, readGo } from "#wire";
import { RESOURCE_FIELDS, RESTART_POLICY } from "./host-config.ts";

interface UpdateDocument extends HostResources {
  readonly RestartPolicy: RestartPolicy;
}

const DOCUMENT = goStruct<UpdateDocument>("container.UpdateConfig", { ...RESOURCE_FIELDS, RestartPolicy: RESTART_POLICY });

/** @throws invalid-argument in Go's words. */
export function decodeUpdate(json: unknown): UpdateRequest {
  const { RestartPolicy: restartPolicy, ...resources } = readGo(DOCUMENT, json, "UpdateConfig");
  return { resources, restartPolicy };
}
