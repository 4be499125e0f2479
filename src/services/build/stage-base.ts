import { StageScope } from "#dockerfile";
import type { PlannedStage } from "#dockerfile";
import type { ImageId, Platform } from "#oci";
import type { Build } from "./build.ts";
import { findImage } from "./find-image.ts";
import type { Progress } from "./progress.ts";
import { emptyState, lineageOf, stateOf } from "./stage-state.ts";
import type { StageState } from "./stage-state.ts";
import type { FileTree } from "./trees/file-tree.ts";

const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What FROM gives a stage to begin with. */
export interface TakenBase {
  readonly state: StageState;
  readonly scope: StageScope;
  /** What FROM names; undefined for the empty tree. */
  readonly id: ImageId | undefined;
  /** ONBUILD instructions that it brings. */
  readonly triggers: readonly string[];
  /** Files of a context that become the stage's first layer. */
  readonly files?: { readonly name: string; readonly tree: FileTree };
}

export async function takeBase(build: Build, planned: PlannedStage, progress: Progress): Promise<TakenBase> {
  const { base } = planned;
  switch (base.kind) {
    case "scratch":
      return nothing(build);
    case "stage": {
      const { state, scope, id } = await build.stage(base.index, progress);
      const taken = { ...state, hasCommand: false, lineage: lineageOf("stage", state.lineage) };
      return { state: taken, scope: scope.fork(), id, triggers: state.config.OnBuild ?? [] };
    }
    case "context": {
      const context = await build.contexts.open(base.name);
      if (context.kind === "image") return takeImage(build, planned, context.name, progress);
      return { ...nothing(build), ...(context.kind === "files" && { files: { name: base.name, tree: context.tree } }) };
    }
    case "image":
      return takeImage(build, planned, base.name, progress);
  }
}

/** FROM's own, else that of the build. */
export function platformOfStage({ platform }: PlannedStage, build: Build): Platform {
  return platform ?? build.platform;
}

/** Before FROM has said anything. */
export function emptyScope(build: Build): StageScope {
  return newScope(build, []);
}

function nothing(build: Build): TakenBase {
  const state = { ...emptyState(build.platform), config: { Env: [DEFAULT_PATH], WorkingDir: "/" } };
  return { state, scope: newScope(build, [DEFAULT_PATH]), id: undefined, triggers: [] };
}

async function takeImage(build: Build, planned: PlannedStage, name: string, progress: Progress): Promise<TakenBase> {
  const wanted = platformOfStage(planned, build);
  const { id, config, layers } = await findImage(build, { name, platform: wanted, range: planned.stage.from.range }, progress);
  const env = withPath(config.config.Env ?? []);
  const state = stateOf(config, layers, { id, platform: { ...wanted, os: config.os, architecture: config.architecture } });
  return {
    state: { ...state, config: { ...state.config, Env: env } },
    scope: newScope(build, env),
    id,
    triggers: config.config.OnBuild ?? [],
  };
}

function newScope({ plan, buildArgs }: Build, env: readonly string[]): StageScope {
  return new StageScope(env, { options: plan.options, globalArgs: plan.globalArgs, buildArgs });
}

function withPath(env: readonly string[]): readonly string[] {
  return env.some((entry) => entry.startsWith("PATH=")) ? env : [...env, DEFAULT_PATH];
}
