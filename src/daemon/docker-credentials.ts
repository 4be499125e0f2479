import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { invalidArgument } from "#errors";
import { isJsonObject, parseJsonObject } from "#oci";
import type { RegistryCredentials } from "#registry";
import { parseRegistryAuth } from "#wire";

interface Caller {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/**
 * What `docker login` has left in the caller's `config.json`, by registry; empty without that file. Credential helpers
 * are not asked.
 *
 * @throws invalid-argument for a file that is not what docker writes.
 */
export async function dockerCredentials({ environment, home }: Caller): Promise<ReadonlyMap<string, RegistryCredentials>> {
  const path = join(environment["DOCKER_CONFIG"] ?? join(home, ".docker"), "config.json");
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (bytes === undefined) return new Map();
  const { auths = {} } = parseJsonObject(bytes, path);
  if (!isJsonObject(auths)) throw invalidArgument(`cannot parse ${path}: "auths" must be an object`);
  return new Map(
    Object.entries(auths).flatMap(([registry, auth]) =>
      isJsonObject(auth) ? [[registry, parseRegistryAuth(JSON.stringify(auth))] as const] : [],
    ),
  );
}
