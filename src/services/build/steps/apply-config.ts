import { checkStopSignal, expandPorts } from "#dockerfile";
import type {
  CommandInstruction,
  HealthcheckInstruction,
  ListInstruction,
  OnBuildInstruction,
  PairsInstruction,
  ShellInstruction,
  ValueInstruction,
} from "#dockerfile";
import { withConfig } from "../stage-state.ts";
import type { StageState } from "../stage-state.ts";
import { shellOf, workingDirectory } from "./config-values.ts";
import { describeHealthcheck, describePairs, describeWords, quoteWords } from "./describe.ts";

/** Instructions that change nothing but the image's config. Their words are expanded. */
export type ConfigInstruction =
  | CommandInstruction
  | HealthcheckInstruction
  | ListInstruction
  | OnBuildInstruction
  | PairsInstruction
  | ShellInstruction
  | ValueInstruction;

/**
 * Applies one to an image in the making, with the history entry that BuildKit writes of it.
 *
 * @param env `Env` as ENV instructions have left it.
 */
export function applyConfig(state: StageState, instruction: ConfigInstruction, env: readonly string[]): StageState {
  const { config } = state;
  const { keyword } = instruction;
  switch (keyword) {
    case "ENV":
      return withConfig(state, { ...config, Env: env }, `ENV ${describePairs(instruction.pairs)}`);
    case "LABEL": {
      const labels = instruction.pairs.map(({ key, value }) => [key, value] as const);
      return withConfig(
        state,
        { ...config, Labels: { ...config.Labels, ...Object.fromEntries(labels) } },
        `LABEL ${describePairs(instruction.pairs)}`,
      );
    }
    case "CMD":
    case "ENTRYPOINT":
      return applyCommand(state, instruction);
    case "SHELL":
      return withConfig(state, { ...config, Shell: instruction.shell }, `SHELL ${describeWords(instruction.shell)}`);
    case "EXPOSE": {
      const ports = expandPorts(instruction.values);
      return withConfig(state, { ...config, ExposedPorts: { ...config.ExposedPorts, ...setOf(ports) } }, `EXPOSE ${describeWords(ports)}`);
    }
    case "VOLUME": {
      const volumes = { ...config.Volumes, ...setOf(instruction.values) };
      return withConfig(state, { ...config, Volumes: volumes }, `VOLUME ${describeWords(instruction.values)}`);
    }
    case "USER":
      return withConfig(state, { ...config, User: instruction.value }, `USER ${instruction.value}`);
    case "WORKDIR": {
      const directory = workingDirectory(config, instruction.value);
      return withConfig(state, { ...config, WorkingDir: directory }, `WORKDIR ${directory}`);
    }
    case "STOPSIGNAL":
      checkStopSignal(instruction.value);
      return withConfig(state, { ...config, StopSignal: instruction.value }, `STOPSIGNAL ${instruction.value}`);
    case "MAINTAINER":
      return { ...withConfig(state, config, `MAINTAINER ${instruction.value}`), author: instruction.value };
    case "HEALTHCHECK":
      return withConfig(
        state,
        { ...config, Healthcheck: instruction.healthcheck },
        `HEALTHCHECK ${describeHealthcheck(instruction.healthcheck)}`,
      );
    case "ONBUILD":
      return withConfig(state, { ...config, OnBuild: [...(config.OnBuild ?? []), instruction.trigger] }, undefined);
    default:
      return keyword satisfies never;
  }
}

/** An ENTRYPOINT clears a command that was made for another one: an inherited one, that is. */
function applyCommand(state: StageState, { keyword, command }: CommandInstruction): StageState {
  const { config } = state;
  const { form, args } = command;
  const line = form === "exec" ? args : [...shellOf(config), args[0] ?? ""];
  const createdBy = `${keyword} ${quoteWords(line)}`;
  if (keyword === "CMD") return { ...withConfig(state, { ...config, Cmd: line, ArgsEscaped: true }, createdBy), hasCommand: true };
  const { Cmd: inherited, ...rest } = config;
  const kept = state.hasCommand && inherited !== undefined ? { Cmd: inherited } : {};
  return withConfig(state, { ...rest, ...kept, Entrypoint: line }, createdBy);
}

function setOf(keys: readonly string[]): Record<string, object> {
  return Object.fromEntries(keys.map((key) => [key, {}]));
}
