import { isEngineError } from "#errors";
import type { RootMount } from "#root-files";
import { bindSource } from "#runtime";
import type { Container } from "../container.ts";

/** In the container's folder, since its first start, and where a process finds them. */
const OWN_FILES = ["hosts", "hostname", "resolv.conf"];

/**
 * What is laid over a container's files, for whoever reaches them from outside; nothing has to run. Docker leaves file
 * systems in memory out, and so do we: they are there for the processes alone.
 */
export async function rootMounts({ record, folder }: Container): Promise<readonly RootMount[]> {
  const own = OWN_FILES.map((name) => ({ source: `${folder}/${name}`, target: `/etc/${name}`, isReadonly: false }));
  const asked = record.mounts
    .filter(({ type }) => type !== "tmpfs")
    .map(({ source, destination: target, isWritable }) => ({ source, target, isReadonly: !isWritable }));
  const hidden = new Set(asked.map(({ target }) => target));
  const mounts = [...own.filter(({ target }) => !hidden.has(target)), ...asked].map(async (mount) => {
    const facts = await sourceFacts(mount.source);
    return facts === undefined ? [] : [{ ...mount, ...facts }];
  });
  return (await Promise.all(mounts)).flat();
}

/** What is made at the start only may be missing. */
async function sourceFacts(source: string): Promise<{ readonly isFile: boolean } | undefined> {
  try {
    return await bindSource(source, { isMadeIfMissing: false });
  } catch (error) {
    if (isEngineError(error, "invalid-argument")) return undefined;
    throw error;
  }
}
