import type { UpdateRequest } from "#containers";
import type { HostResources, RestartPolicy } from "#oci";
import { goStruct, readGo } from "#wire";
import { isSince } from "../http/is-since.ts";
import { RESOURCE_FIELDS, RESTART_POLICY } from "./host-config.ts";

interface UpdateDocument extends HostResources {
  readonly RestartPolicy: RestartPolicy;
}

const DOCUMENT = goStruct<UpdateDocument>("container.UpdateConfig", { ...RESOURCE_FIELDS, RestartPolicy: RESTART_POLICY });

/** @throws invalid-argument in Go's words. */
export function decodeUpdate(json: unknown, version: string): UpdateRequest {
  const { RestartPolicy: restartPolicy, ...resources } = readGo(DOCUMENT, json, "UpdateConfig");
  // Clients before 1.40 know no limit of processes: what they send is none.
  return { resources: isSince(version, "1.40") ? resources : { ...resources, PidsLimit: null }, restartPolicy };
}
