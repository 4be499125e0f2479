import type { TerminalSize, Ulimit } from "../run-spec.ts";
import type { ProcessUser } from "./process-user.ts";

/** A process, as it is to be. */
export interface ProcessFacts {
  readonly user: ProcessUser;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities: readonly string[];
  readonly ulimits: readonly Ulimit[];
  readonly oomScoreAdj: number;
  readonly terminal: TerminalSize | undefined;
  /** Not even by a program that belongs to root. */
  readonly hasNoNewPrivileges: boolean;
}

const UMASK = 0o022;

/** A process as runtimes want it described, in `config.json` and by itself. */
export function processConfig(facts: ProcessFacts): object {
  const { user, args, env, cwd, capabilities, ulimits, oomScoreAdj, terminal, hasNoNewPrivileges } = facts;
  return {
    user: { ...user, umask: UMASK },
    args,
    env,
    cwd,
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    rlimits: ulimits.map(rlimit),
    oomScoreAdj,
    noNewPrivileges: hasNoNewPrivileges,
    ...(terminal === undefined ? {} : { terminal: true, consoleSize: { height: terminal.rows, width: terminal.columns } }),
  };
}

function rlimit({ name, soft, hard }: Ulimit): object {
  return { type: `RLIMIT_${name.toUpperCase()}`, soft: rlimitNumber(soft), hard: rlimitNumber(hard) };
}

declare global {
  interface JSON {
    /** In Node since 21; TypeScript does not know it yet. */
    rawJSON(text: string): unknown;
  }
}

/** A 64-bit number of ones is no limit, and more than a number of ours can say. */
function rlimitNumber(limit: number): unknown {
  return limit < 0 ? JSON.rawJSON("18446744073709551615") : limit;
}
