import { existsSync } from "node:fs";
import { join } from "node:path";
import { unavailable } from "#errors";

/** Small programs that forward signals and take note of orphans' ends: Docker's own, Debian's and Podman's. */
const NAMES = ["docker-init", "tini-static", "tini", "catatonit"];
const FOLDERS = ["/usr/local/libexec/docker", "/usr/libexec/docker", "/usr/local/bin", "/usr/bin", "/usr/libexec/podman"];

/** On the machine. @throws unavailable saying what to install. */
export function findInit(): string {
  const path = FOLDERS.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((candidate) => existsSync(candidate));
  if (path !== undefined) return path;
  throw unavailable(`cannot start with an init process: none of ${NAMES.join(", ")} is here: install the package tini`);
}
