import { stat } from "node:fs/promises";
import { readFile } from "node:fs/promises";
import { release } from "node:os";
import { internal } from "#errors";
import type { ExecSpec } from "../run-spec.ts";
import { isOpen } from "./bundle-config.ts";
import type { BundleSpec } from "./bundle-config.ts";
import { capabilitiesFor, ownCapabilities } from "./capabilities.ts";
import { containerEnvironment, mergeEnvironments } from "./environment.ts";
import { hasX32 } from "./kernel-config.ts";
import { INIT_TARGET } from "./mounts.ts";
import { processConfig } from "./process-config.ts";
import type { ProcessFacts } from "./process-config.ts";
import { pathInRoot } from "./root-path.ts";
import { defaultSeccomp } from "./seccomp.ts";
import { readSeccompProfile } from "./seccomp-profile.ts";
import { parseSecurityOptions } from "./security-options.ts";
import { userIn } from "./user-in.ts";

/** @throws in Docker's words, for a user, a group or a folder that the root does not have. */
export async function firstProcess(spec: BundleSpec, environment: readonly string[]): Promise<ProcessFacts> {
  const { args, env, cwd, ulimits = [], hasInit = false, pid = "private", terminal, capAdd: add, capDrop: drop } = spec;
  const [user, capabilities, oomScoreAdj] = await Promise.all([
    userIn(spec.root, spec.user, spec.groupAdd),
    capabilitiesFor({ hasAll: isOpen(spec), add, drop }),
    spec.oomScoreAdj ?? ownOomScore(),
    checkFolder(spec.root, cwd),
  ]);
  return {
    // Somebody else's first process takes note of ends.
    args: hasInit && pid === "private" ? [INIT_TARGET, "--", ...args] : args,
    env: mergeEnvironments(environment, env),
    cwd,
    user,
    capabilities,
    ulimits,
    oomScoreAdj,
    terminal,
    hasNoNewPrivileges: parseSecurityOptions(spec.securityOptions ?? []).hasNoNewPrivileges,
  };
}

/** One more process of a container as runtimes want it described: as its first one, but for what is asked for. */
export async function furtherProcess(spec: BundleSpec, first: ProcessFacts, exec: ExecSpec): Promise<object> {
  const { args, cwd = first.cwd, isPrivileged = false, terminal } = exec;
  const base = containerEnvironment(spec.hostname, { hasTerminal: terminal !== undefined });
  const user = exec.user === undefined ? first.user : await userIn(spec.root, exec.user, spec.groupAdd);
  const capabilities = isPrivileged ? await ownCapabilities() : first.capabilities;
  return processConfig({ ...first, args, env: mergeEnvironments(base, spec.env, exec.env ?? []), cwd, user, capabilities, terminal });
}

/** An engine that is spared when memory runs out does not spare what it runs. */
async function ownOomScore(): Promise<number> {
  return Math.max(0, Number(await readFile("/proc/self/oom_score_adj", "utf8")));
}

async function checkFolder(root: string, cwd: string): Promise<void> {
  const facts = await stat(await pathInRoot(root, cwd)).catch(() => undefined);
  if (facts !== undefined && !facts.isDirectory()) throw internal(`Cannot mkdir: ${cwd} is not a directory`);
}

/** Go's names, which profiles have. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ppc64: "ppc64le" };

/** Undefined for a process that may do everything. */
export async function seccompFor(spec: BundleSpec, capabilities: readonly string[]): Promise<object | undefined> {
  const { seccomp } = parseSecurityOptions(spec.securityOptions ?? []);
  if (isOpen(spec) || seccomp === "unconfined") return undefined;
  if (seccomp === undefined) return defaultSeccomp(process.arch, capabilities, { hasX32: await hasX32() });
  const architecture = ARCHITECTURES[process.arch] ?? process.arch;
  return readSeccompProfile(seccomp.profile, { architecture, capabilities, kernel: release() });
}
