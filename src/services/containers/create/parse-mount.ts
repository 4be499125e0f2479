import { invalidArgument, notImplemented } from "#errors";
import type { MountRequest } from "#oci";
import { cleanPath, notAbsolute, parseTarget } from "./mount-path.ts";
import type { PlannedMount } from "./planned-mount.ts";

const PROPAGATIONS = ["shared", "rshared", "slave", "rslave", "private", "rprivate"];

const OPTIONS = [
  ["BindOptions", "bind"],
  ["VolumeOptions", "volume"],
  ["ImageOptions", "image"],
  ["TmpfsOptions", "tmpfs"],
] as const;

/** `--mount`. @throws invalid-argument in Docker's words. */
export function parseMount(mount: MountRequest): PlannedMount {
  const { Type: type, Target: path = "", Source: source = "" } = mount;
  for (const [name, owner] of OPTIONS) {
    if (mount[name] !== undefined && type !== owner) throw invalidArgument(`${name} must not be specified on mount type "${type}"`);
  }
  if (!["bind", "volume", "image", "tmpfs"].includes(type)) throw wrong(type, "mount type unknown");
  if (path === "") throw wrong(type, "field Target must not be empty");
  const place = { target: checked(type, () => parseTarget(path)), mode: "", isWritable: mount.ReadOnly !== true };
  switch (type) {
    case "bind": {
      if (source === "") throw wrong(type, "field Source must not be empty");
      if (!source.startsWith("/")) throw wrong(type, notAbsolute(source).message);
      const { Propagation: propagation = "rprivate", CreateMountpoint: isMadeIfMissing = false } = mount.BindOptions ?? {};
      if (!PROPAGATIONS.includes(propagation)) throw wrong(type, `invalid propagation mode: ${propagation}`);
      return { type, source: cleanPath(source), propagation, isMadeIfMissing, ...place };
    }
    case "tmpfs":
      if (source !== "") throw wrong(type, "field Source must not be specified");
      return { type, ...place };
    case "volume":
      if (source === "" && mount.ReadOnly === true) throw wrong(type, "must not set ReadOnly mode when using anonymous volumes");
      return {
        type,
        name: source === "" ? undefined : source,
        isLeftEmpty: mount.VolumeOptions?.NoCopy === true,
        ...place,
        mode: "z",
      };
    default:
      throw notImplemented("mounting images is not implemented by slipway: containers see the files of their own image only");
  }
}

function checked<T>(type: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw wrong(type, error instanceof Error ? error.message : String(error));
  }
}

function wrong(type: string, reason: string): Error {
  return invalidArgument(`invalid mount config for type "${type}": ${reason}`);
}
