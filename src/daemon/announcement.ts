import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { formatHost } from "./config/index.ts";
import type { Host } from "./config/index.ts";

export interface AnnouncementFacts {
  readonly version: string;
  readonly hosts: readonly Host[];
  readonly dataRoot: string;
  readonly tokenFile: string | undefined;
  readonly hasDocker: boolean;
}

/** What a person reads once the daemon is ready: where it is, and what to type next. */
export function announcement({ version, hosts, dataRoot, tokenFile, hasDocker }: AnnouncementFacts): string {
  const rows = [
    ...hosts.map((host) => [host.kind === "tcp" ? "address" : "socket", formatHost(host)] as const),
    ["data root", dataRoot] as const,
    ...(tokenFile === undefined ? [] : [["token", `${tokenFile} (send as "Authorization: Bearer …")`] as const]),
  ];
  const facts = rows.map(([name, value]) => `  ${name.padEnd(9)}  ${value}`);
  const commands = nextCommands(hosts, hasDocker);
  const next = commands.length === 0 ? [] : ["", "Try next:", ...commands.map((command) => `  ${command}`)];
  return ["", `Slipway ${version} is ready.`, "", ...facts, ...next, ""].join("\n");
}

function nextCommands(hosts: readonly Host[], hasDocker: boolean): readonly string[] {
  const socket = hosts.find((host) => host.kind === "unix");
  if (socket === undefined) return [];
  if (hasDocker)
    return [`export DOCKER_HOST=unix://${quote(socket.path)}`, "tar -c -C /etc hostname | docker import - hello", "docker images"];
  const curl = `curl --unix-socket ${quote(socket.path)}`;
  return [
    `${curl} http://localhost/version`,
    `tar -c -C /etc hostname | ${curl} -H 'Content-Type: application/x-tar' --data-binary @- 'http://localhost/images/create?fromSrc=-&repo=hello'`,
    `${curl} http://localhost/images/json`,
  ];
}

/** For a shell, as far as paths need it. */
function quote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** Whether `docker` can be typed here. */
export function hasCommand(name: string, searchPath: string): boolean {
  return searchPath.split(":").some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
