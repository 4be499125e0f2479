import { ContainerLog, parseLogDriver } from "#container-logs";
import type { LogDriver } from "#container-logs";
import type { ContainerRecord } from "#container-records";
import type { HostConfig } from "#oci";
import { ProcessStreams } from "./process-streams.ts";

/** @throws invalid-argument in Docker's words for a driver or options that are not here. */
export function checkLogDriver({ LogConfig: { Type: type, Config: options } }: HostConfig): void {
  parseLogDriver({ type, options: options ?? {} }, { id: "", name: "", imageName: "", imageId: "", labels: {}, env: [] });
}

function logDriverOf({ id, name, image, config, hostConfig }: ContainerRecord): LogDriver {
  const { Type: type, Config: options } = hostConfig.LogConfig;
  const sources = { id, name, imageName: config.Image, imageId: image ?? "", labels: config.Labels ?? {}, env: config.Env ?? [] };
  return parseLogDriver({ type, options: options ?? {} }, sources);
}

/** Nothing is opened before there is something to write. */
export function openStreams(
  record: ContainerRecord,
  { folder, warn }: { folder: string; warn: (message: string) => void },
): ProcessStreams {
  const { name, ...options } = logDriverOf(record);
  if (name === "none") return new ProcessStreams(undefined);
  const onLost = (error: unknown): void => {
    warn(`lines of the log of container ${record.name} are lost: ${error instanceof Error ? error.message : String(error)}`);
  };
  return new ProcessStreams(new ContainerLog(logPath(folder, record.id), { ...options, onLost }));
}

function logPath(folder: string, id: string): string {
  return `${folder}/${id}-json.log`;
}
