import { resolveWorkingDir } from "#dockerfile";
import type { RunInstruction, RunMount } from "#dockerfile";
import { invalidArgument, notFound } from "#errors";
import type { ExtraMount } from "#runtime";
import type { StageRun } from "../stage-run.ts";
import { originFrom, planBind, withOrigin } from "./bind-mount.ts";

/** A mount of RUN before the command is known to run. */
export interface PlannedMount {
  /** What of it can make a difference to what the command does. */
  readonly key: readonly unknown[];
  /** Makes it; what has to go afterwards goes with `opened`. */
  open(opened: AsyncDisposableStack): Promise<ReadyMount>;
}

export interface ReadyMount {
  readonly mounts: readonly ExtraMount[];
  /** `NAME=value` for the command alone. */
  readonly env: readonly string[];
}

/** @param opened - Ends with the step. */
export async function planMounts(
  run: StageRun,
  instruction: RunInstruction,
  opened: AsyncDisposableStack,
): Promise<readonly PlannedMount[]> {
  const planned: PlannedMount[] = [];
  for (const [index, mount] of run.scope.mounts(instruction).entries()) {
    planned.push(await planMount(run, mount, { index, text: instruction.text, opened }));
  }
  return planned;
}

interface MountPlace {
  readonly index: number;
  readonly text: string;
  readonly opened: AsyncDisposableStack;
}

async function planMount(run: StageRun, mount: RunMount, { index, text, opened }: MountPlace): Promise<PlannedMount> {
  switch (mount.type) {
    case "bind":
      return planBind(run, mount, targetOf(run, mount), opened);
    case "cache":
      return planCache(run, mount, { text, opened });
    case "tmpfs": {
      const target = targetOf(run, mount);
      const { size } = mount;
      return { key: ["tmpfs", target, size], open: () => Promise.resolve({ mounts: [{ type: "tmpfs", target, size }], env: [] }) };
    }
    case "secret":
      return planSecret(run, mount);
    case "ssh":
      return planSsh(run, mount, index);
  }
}

export function targetOf({ state }: StageRun, { target }: RunMount): string {
  const { WorkingDir: cwd = "/" } = state.config;
  const path = resolveWorkingDir(cwd, target ?? ".");
  if (path === "/") throw invalidArgument('invalid mount target "/"');
  return path;
}

async function planCache(run: StageRun, mount: RunMount, { text, opened }: Omit<MountPlace, "index">): Promise<PlannedMount> {
  const target = targetOf(run, mount);
  const namespace = run.build.buildArgs.get("BUILDKIT_CACHE_MOUNT_NS") ?? "";
  const { sharing = "shared", mode = 0o755, uid = 0, gid = 0, isReadOnly, from } = mount;
  const id = mount.id ?? target;
  const description = `cached mount ${target} from exec ${text} with id "${id}"`;
  const origin = from === undefined ? undefined : await originFrom(run, from, mount.source ?? "", opened);
  const seed = origin && (<T>(use: (directory: string) => Promise<T>): Promise<T> => withOrigin(run, origin, use));
  return {
    key: ["cache", target, namespace, id, isReadOnly],
    open: async (stack) => {
      const request = { id: `${namespace} ${id}`, sharing, first: { mode, uid, gid }, description, signal: run.build.signal };
      const { path: source } = stack.use(await run.deps.mountCache.take({ ...request, ...(seed !== undefined && { seed }) }));
      return { mounts: [{ type: "bind", source, target, isReadonly: isReadOnly, isFile: false }], env: [] };
    },
  };
}

/** What a secret is never shows in a key; whether it is asked for does. */
function planSecret(run: StageRun, mount: RunMount): PlannedMount {
  const id = mount.id ?? mount.source ?? baseName(mount.target ?? "");
  const isFile = mount.target !== undefined || mount.env === undefined;
  const target = isFile ? resolveWorkingDir(run.state.config.WorkingDir ?? "/", mount.target ?? `/run/secrets/${baseName(id)}`) : undefined;
  const value = run.build.request.secrets?.get(id);
  if (value === undefined && mount.isRequired) throw notFound(`secret ${id}: not found`);
  const { mode = 0o400, uid = 0, gid = 0, env } = mount;
  return {
    key: ["secret", id, target, env],
    open: async (opened) => {
      if (value === undefined) return { mounts: [], env: [] };
      const variables = env === undefined ? [] : [`${env}=${Buffer.from(value).toString("utf8")}`];
      if (target === undefined) return { mounts: [], env: variables };
      const { path: source } = opened.use(await run.deps.privateFiles.write(value, { mode, uid, gid }));
      return { mounts: [{ type: "bind", source, target, isReadonly: true, isFile: true }], env: variables };
    },
  };
}

/** The variable is there even where no agent is. */
function planSsh({ build }: StageRun, mount: RunMount, index: number): PlannedMount {
  const id = mount.id ?? "default";
  const target = mount.target ?? `/run/buildkit/ssh_agent.${index}`;
  const source = build.request.sshAgents?.get(id);
  if (source === undefined && mount.isRequired) throw notFound(`unset ssh forward key ${id}`);
  const mounts: readonly ExtraMount[] = source === undefined ? [] : [{ type: "bind", source, target, isReadonly: false, isFile: true }];
  return { key: ["ssh", id, target], open: () => Promise.resolve({ mounts, env: [`SSH_AUTH_SOCK=${target}`] }) };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
