import type { MountRequest } from "#oci";
import { bindSource } from "#runtime";
import type { ExtraMount, Propagation } from "#runtime";
import type { Container } from "../container.ts";

/** What is mounted into a container; a folder of the machine that may be missing is made. */
export async function mountsOf({ mounts, hostConfig }: Container["record"]): Promise<readonly ExtraMount[]> {
  const requests = new Map((hostConfig.Mounts ?? []).map((request) => [request.Target ?? "", request]));
  const made = mounts.map(
    async ({ type, source, destination: target, isWritable, propagation, isMadeIfMissing = false }): Promise<ExtraMount> => {
      const request = requests.get(target);
      if (type === "tmpfs") return { type, target, options: tmpfsOptions(request) };
      const { isFile } = await bindSource(source, { isMadeIfMissing });
      const isShallow = request?.BindOptions?.NonRecursive === true;
      return { type: "bind", source, target, isReadonly: !isWritable, isFile, propagation: toPropagation(propagation), isShallow };
    },
  );
  const inMemory = Object.entries(hostConfig.Tmpfs ?? {}).map(([target, options]): ExtraMount => ({ type: "tmpfs", target, options }));
  return [...(await Promise.all(made)), ...inMemory];
}

/** As mount(8) takes them. */
function tmpfsOptions(request: MountRequest | undefined): string {
  const { SizeBytes: size, Mode: mode, Options: more } = request?.TmpfsOptions ?? {};
  const options = (more ?? []).map((words) => (words ?? []).join("="));
  return [
    ...(size === undefined || size === 0 ? [] : [`size=${size}`]),
    ...(mode === undefined || mode === 0 ? [] : [`mode=${mode.toString(8)}`]),
    ...options,
  ].join(",");
}

const PROPAGATIONS: ReadonlySet<string> = new Set<Propagation>(["rprivate", "private", "rshared", "shared", "rslave", "slave"]);

function toPropagation(text: string): Propagation | undefined {
  return isPropagation(text) ? text : undefined;
}

function isPropagation(text: string): text is Propagation {
  return PROPAGATIONS.has(text);
}
