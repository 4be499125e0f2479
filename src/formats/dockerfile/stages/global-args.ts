import { formatPlatform, normalizePlatform } from "#oci";
import type { Platform } from "#oci";
import { expandWord } from "../expansion/expand-word.ts";
import type { ExpandOptions } from "../expansion/expand-word.ts";
import type { ArgInstruction } from "../instructions/instruction.ts";
import { at } from "../syntax/source.ts";
import type { BuildArgs } from "./build-args.ts";

export interface Platforms {
  /** What the builder runs on. */
  readonly build: Platform;
  /** What the image is for. */
  readonly target: Platform;
}

/** `BUILDPLATFORM`, `TARGETARCH` and the others: declared by nobody, visible in FROM and after a bare ARG. */
export function platformArgs({ build, target }: Platforms, targetStage: string): ReadonlyMap<string, string> {
  return new Map([...describe("BUILD", build), ...describe("TARGET", target), ["TARGETSTAGE", targetStage]]);
}

function describe(prefix: string, given: Platform): [string, string][] {
  const platform = normalizePlatform(given);
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, platform["os.version"] ?? ""],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ""],
  ];
}

/** What FROM sees: `predefined` and the ARGs before the first one, with what was given for them. */
export function evaluateGlobalArgs(
  instructions: readonly ArgInstruction[],
  predefined: ReadonlyMap<string, string>,
  buildArgs: BuildArgs,
  options: ExpandOptions,
): ReadonlyMap<string, string> {
  const values = new Map(Array.from(predefined, ([name, value]) => [name, buildArgs.get(name) ?? value]));
  for (const { args, range } of instructions) {
    for (const { name, defaultValue } of args) {
      buildArgs.consume(name);
      const given = buildArgs.get(name);
      if (given !== undefined) values.set(name, given);
      else if (defaultValue !== undefined)
        values.set(
          name,
          at(range, () => expandWord(defaultValue, values, options)),
        );
    }
  }
  return values;
}
