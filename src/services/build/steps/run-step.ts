import { quoteLikeGo } from "#dockerfile";
import type { RunInstruction } from "#dockerfile";
import { EngineError, forbidden, isEngineError, notFound } from "#errors";
import { chainIds } from "#oci";
import { checkSurroundings, mountPointsOf, requireRunnable } from "#runtime";
import type { ExtraMount, Output, RunSpec } from "#runtime";
import { requireRoot } from "#snapshots";
import type { Build } from "../build.ts";
import type { BuildDeps } from "../build-deps.ts";
import { cacheKey } from "../cache/cache-key.ts";
import type { CachedLayer } from "../cache/step-cache.ts";
import type { StepParts } from "../cache/step-parts.ts";
import type { StageRun } from "../stage-run.ts";
import { receiveTar } from "../trees/plain-layers.ts";
import { commandOf, describeCommand } from "./run-command.ts";
import type { RunCommand } from "./run-command.ts";
import { planMounts } from "./run-mounts.ts";
import type { PlannedMount } from "./run-mounts.ts";
import { newStepId } from "./step-id.ts";

const HOSTNAME = "buildkitsandbox";

/** Runs a command on the stage's files; what it changes is the layer. */
export async function runCommand(run: StageRun, instruction: RunInstruction): Promise<CachedLayer> {
  checkEntitlements(run, instruction);
  const command = commandOf(instruction, run.state.config);
  await using opened = new AsyncDisposableStack();
  const mounts = await planMounts(run, instruction, opened);
  const parts = partsOf(run, instruction, command, mounts);
  const key = cacheKey("RUN", [...parts]);
  // A history says nothing of what is in mounts and scripts.
  const isTold = mounts.length === 0 && command.script === undefined;
  const known = run.cache.findLayer([key]) ?? run.findCommandInImages(key) ?? (await run.findInImages(() => Promise.resolve(isTold)));
  if (known !== undefined) {
    run.progress.put({ type: "cached" });
    return withKey(known, key);
  }
  run.tellMiss(instruction.text, parts);
  await requireRunnable(run.state.platform, run.deps.hostPlatform);
  return withKey(await run.deps.runs(() => execute(run, { instruction, command, mounts, key, parts })), key);
}

function withKey(made: CachedLayer, key: string): CachedLayer {
  return { ...made, layer: { ...made.layer, key } };
}

interface Execution {
  readonly instruction: RunInstruction;
  readonly command: RunCommand;
  readonly mounts: readonly PlannedMount[];
  readonly key: string;
  readonly parts: StepParts;
}

async function execute(run: StageRun, { instruction, command, mounts, key, parts }: Execution): Promise<CachedLayer> {
  // Secrets, scripts and caches have owners, which an ordinary user cannot give them either.
  requireRoot();
  const { deps, build, state, progress } = run;
  const { signal } = build;
  checkSurroundings(build.request.sandbox ?? {}, deps.machine);
  await using opened = new AsyncDisposableStack();
  const made: ExtraMount[] = [];
  const secrets: string[] = [];
  for (const mount of mounts) {
    const ready = await mount.open(opened);
    made.push(...ready.mounts);
    secrets.push(...ready.env);
  }
  if (command.script !== undefined) made.push(await scriptMount(deps, command.script, opened));
  const chain = await build.files.chain(state.layers);
  const snapshot = opened.use(await deps.snapshots.prepare({ chain, mountPoints: mountPointsOf({ mounts: made }), signal }));
  const spec = specOf(run, instruction, { root: snapshot.root, args: command.args, mounts: made, secrets });
  const id = newStepId();
  progress.put({ type: "running", id });
  const output = new OutputText((stream, text) => progress.send({ type: "output", stream, text }));
  const { exitCode } = await deps.runtime.run(spec, { signal, onOutput: (chunk) => output.put(chunk) }).catch(withoutCode);
  output.end();
  if (exitCode !== 0) throw failed(command, exitCode);
  const blob = await receiveTar(deps, snapshot.diff({ signal, newest: newestOf(build) }));
  const layer = run.cache.keepLayer(blob, { keys: [key], description: instruction.text, parent: run.lastRecord, parts });
  const chainId = chainIds([...state.layers, layer.layer].map(({ diffId }) => diffId)).at(-1);
  if (chainId !== undefined) await snapshot.commit(chainId);
  progress.put({ type: "ran", id });
  return layer;
}

async function scriptMount(
  { privateFiles }: BuildDeps,
  { name, body }: NonNullable<RunCommand["script"]>,
  opened: AsyncDisposableStack,
): Promise<ExtraMount> {
  const { path: source } = opened.use(await privateFiles.write(body, { mode: 0o755, uid: 0, gid: 0 }));
  return { type: "bind", source, target: `/dev/pipes/${name}`, isReadonly: true, isFile: true };
}

interface SpecParts extends Pick<RunSpec, "root" | "args" | "mounts"> {
  readonly secrets: readonly string[];
}

function specOf({ state, scope, build }: StageRun, { network, security }: RunInstruction, { secrets, ...parts }: SpecParts): RunSpec {
  const { request, buildArgs } = build;
  const proxies = Array.from(buildArgs.proxies, ([name, value]) => `${name}=${value}`);
  return {
    ...parts,
    // The last of two values of one variable counts.
    env: [...scope.environment, ...proxies, ...secrets],
    user: state.config.User ?? "",
    cwd: state.config.WorkingDir === undefined || state.config.WorkingDir === "" ? "/" : state.config.WorkingDir,
    hostname: HOSTNAME,
    isInsecure: security === "insecure",
    network: network === "default" ? (request.network ?? "default") : network,
    ...request.sandbox,
  };
}

/** Everything that can make a difference to what the command does, but for secrets and caches. */
function partsOf(run: StageRun, instruction: RunInstruction, command: RunCommand, mounts: readonly PlannedMount[]): StepParts {
  const { state, scope, build } = run;
  const { User: user, WorkingDir: cwd } = state.config;
  const { epoch } = build;
  const { extraHosts, ulimits, shmSize } = build.request.sandbox ?? {};
  const { network, security } = instruction;
  return new Map<string, unknown>([
    ["the steps before it", run.below],
    ["the command", command],
    ...scope.environment.map((entry) => [`variable ${entry.split("=", 1)[0] ?? ""}`, entry] as const),
    ["the user", user],
    ["the working directory", cwd],
    ...(epoch === undefined ? [] : [["SOURCE_DATE_EPOCH", epoch] as const]),
    ["the mounts", mounts.map((mount) => mount.key)],
    ["network, hosts, limits or platform", [build.request.network, network, security, extraHosts, ulimits, shmSize, state.platform]],
  ]);
}

function checkEntitlements({ build, deps }: StageRun, { network, security, devices }: RunInstruction): void {
  if (security === "insecure" && !deps.allowsInsecure) throw forbidden("security.insecure is not allowed");
  // No machine's devices are known here. Docker passes over one that is not required.
  const required = devices.find(({ isRequired }) => isRequired);
  if (required !== undefined) throw notFound(`required device ${quoteLikeGo(required.name)} is not registered`);
  if (network === "host" && build.request.network !== "host") throw forbidden("network.host is not allowed");
}

/** With SOURCE_DATE_EPOCH it does not matter when a command has run. */
function newestOf({ epoch }: Build): number | undefined {
  return epoch === undefined ? undefined : Date.parse(epoch) / 1000;
}

/** What has not started has not ended with a code either. */
function withoutCode(error: unknown): never {
  if (!isEngineError(error) || error.details?.["exitCode"] === undefined) throw error;
  throw new EngineError(error.kind, error.message, { cause: error });
}

function failed(command: RunCommand, exitCode: number): EngineError {
  const message = `The command '${describeCommand(command)}' returned a non-zero code: ${exitCode}`;
  return new EngineError("internal", message, { details: { exitCode } });
}

/** Output as text: a character that comes in two pieces is put together first. */
class OutputText {
  readonly #put: (stream: Output["stream"], text: string) => Promise<void>;
  readonly #decoders = { stdout: new TextDecoder("utf-8", { ignoreBOM: true }), stderr: new TextDecoder("utf-8", { ignoreBOM: true }) };

  constructor(put: (stream: Output["stream"], text: string) => Promise<void>) {
    this.#put = put;
  }

  async put({ stream, bytes }: Output): Promise<void> {
    const text = this.#decoders[stream].decode(bytes, { stream: true });
    if (text !== "") await this.#put(stream, text);
  }

  /** Waits for no reader: there may be none any more, and no process that it could be held up with. */
  end(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const text = this.#decoders[stream].decode();
      if (text !== "") void this.#put(stream, text);
    }
  }
}
