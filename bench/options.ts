import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { invalidArgument } from "#errors";
import { CASES } from "./cases/index.ts";
import type { Case } from "./cases/case.ts";
import type { ReferencePlace } from "./targets/reference.ts";

export interface Options {
  readonly slipway: boolean;
  /** The program to start instead of this checkout's sources. */
  readonly daemon: string | undefined;
  readonly references: readonly ReferencePlace[];
  readonly cases: readonly Case[];
  readonly rounds: number;
  readonly requests: number;
  readonly referenceImages: number;
  readonly patienceMs: number;
  readonly json: string | undefined;
}

export const USAGE = `usage: npm run bench -- [options]

  --dockerd SOCKET      Docker Engine with the graph-driver store (or BENCH_DOCKERD)
  --containerd SOCKET   Docker Engine with the containerd store (or BENCH_CONTAINERD)
  --podman SOCKET       podman's Docker API (or BENCH_PODMAN)
  --dockerd-pid FILE    pid file, by default beside the socket; so too --containerd-pid, --podman-pid
  --daemon FILE         start this program as slipway, such as dist/daemon/main.js
  --no-slipway          measure the references alone
  --only NAME           a case, or the beginning of its name; may be repeated
  --rounds N            counted rounds after the warm-up (default 5)
  --requests N          short requests per round (default 100)
  --reference-images N  fill references with at most N images (default 1000)
  --patience SECONDS    a target whose round takes longer gets no further one in that case (default 30)
  --quick               2 rounds, 30 requests, references with at most 100 images
  --json FILE           write every sample there
  --list                print the names of the cases

`;

const REFERENCES = ["dockerd", "containerd", "podman"] as const;

/** Throws `invalid-argument` with words for the person at the terminal. */
export function parseOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Options | "help" | "list" {
  const { values } = parse(args);
  if (values.help) return "help";
  if (values.list) return "list";
  const references = REFERENCES.flatMap((name) => {
    const socketPath = values[name] ?? environment[`BENCH_${name.toUpperCase()}`];
    if (socketPath === undefined || socketPath === "") return [];
    const pidFile = values[`${name}-pid`];
    return [{ name, socketPath, ...(pidFile === undefined ? {} : { pidFile }) }];
  });
  const quick = values.quick === true;
  return {
    slipway: values["no-slipway"] !== true,
    daemon: values.daemon === undefined ? undefined : resolve(values.daemon),
    references,
    cases: chooseCases(values.only),
    rounds: positive("rounds", values.rounds, quick ? 2 : 5),
    requests: positive("requests", values.requests, quick ? 30 : 100),
    referenceImages: positive("reference-images", values["reference-images"], quick ? 100 : 1_000),
    patienceMs: positive("patience", values.patience, 30) * 1000,
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        dockerd: text,
        containerd: text,
        podman: text,
        "dockerd-pid": text,
        "containerd-pid": text,
        "podman-pid": text,
        daemon: text,
        "no-slipway": flag,
        only: { type: "string", multiple: true },
        rounds: text,
        requests: text,
        "reference-images": text,
        patience: text,
        quick: flag,
        json: text,
        list: flag,
        help: flag,
      },
    });
  } catch (cause) {
    throw invalidArgument(`cannot read the options: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function chooseCases(only: readonly string[] | undefined): readonly Case[] {
  if (only === undefined) return CASES;
  for (const name of only) {
    if (!CASES.some((known) => known.name.startsWith(name))) {
      throw invalidArgument(`cannot choose "${name}": no such case, expected one of ${CASES.map((known) => known.name).join(", ")}`);
    }
  }
  // "list-100" means that case, although "list-1000" begins with it.
  const wanted = (name: string): readonly Case[] => {
    const exact = CASES.filter((known) => known.name === name);
    return exact.length > 0 ? exact : CASES.filter((known) => known.name.startsWith(name));
  };
  const chosen = new Set(only.flatMap(wanted));
  return CASES.filter((known) => chosen.has(known));
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw invalidArgument(`cannot read --${name} "${text}": expected a whole number from 1`);
  return value;
}
