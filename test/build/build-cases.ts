import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ContainerConfig } from "#oci";
import { BuildBench } from "./build-bench.ts";
import type { Built, Order } from "./build-bench.ts";
import type { Files } from "./context-files.ts";

/** A Dockerfile, what it is given, and what must come of it: at least one thing. `FROM base` is the case's own base image. */
export interface BuildCase extends Order {
  readonly name: string;
  readonly base?: Files | Buffer;
  readonly baseConfig?: Readonly<Record<string, unknown>>;
  /** Every file that the base does not have just so; see `BuildBench.look`. */
  readonly makes?: Readonly<Record<string, string>>;
  /** Every member of the config that is not as `FROM scratch` makes it; of `Env` all but the default PATH. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** What the history says of each step, without the base's. */
  readonly history?: readonly string[];
  /** All that commands have printed. */
  readonly says?: string;
  /** Build arguments that nobody asked for. */
  readonly unconsumed?: readonly string[];
  /** Instead: the whole message that the build ends with. */
  readonly fails?: string;
}

/**
 * Every case is a test of its own; all are built by one engine, one after the other.
 *
 * @param skip why they cannot be built here.
 */
export function checkCases(title: string, cases: readonly BuildCase[], skip: string | false = false): void {
  describe(title, { skip }, () => {
    let bench: BuildBench;
    before(async () => {
      bench = await BuildBench.open();
    });
    after(() => bench[Symbol.asyncDispose]());
    for (const each of cases) test(each.name, () => check(bench, each));
  });
}

async function check(bench: BuildBench, { base, baseConfig, fails, ...rest }: BuildCase): Promise<void> {
  const { makes, config, history, says, unconsumed, ...order } = rest;
  if (base !== undefined) await bench.load("base:latest", [base], baseConfig);
  if (fails !== undefined) return assert.equal(await bench.fail(order), fails);
  const built = await bench.build(order);
  const expected = { makes, config, history, says, unconsumed };
  const seen = {
    makes: makes && (base === undefined ? built.files : await newFiles(bench, built)),
    config: config && configOf(built),
    history: history && (await newHistory(bench, built, base !== undefined)),
    says: says === undefined ? undefined : outputOf(built),
    unconsumed: unconsumed && built.events.flatMap((event) => (event.type === "unconsumed" ? event.names : [])),
  };
  assert.deepEqual(seen, expected);
  assert.ok(
    Object.values(seen).some((value) => value !== undefined),
    "the case expects nothing",
  );
}

async function newFiles(bench: BuildBench, { files }: Built): Promise<Record<string, string>> {
  const before_ = (await bench.look("base:latest")).files;
  return Object.fromEntries(Object.entries(files).filter(([path, description]) => before_[path] !== description));
}

async function newHistory(bench: BuildBench, { config }: Built, hasBase: boolean): Promise<readonly (string | undefined)[]> {
  const old = hasBase ? (await bench.look("base:latest")).config.history.length : 0;
  return config.history.slice(old).map(({ created_by }) => created_by);
}

const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function configOf({ config: { config, author } }: Built): Record<string, unknown> {
  const { Env: env = [], WorkingDir: directory, ...members } = config satisfies ContainerConfig;
  const own = env.filter((entry) => entry !== DEFAULT_PATH);
  return {
    ...(author !== undefined && { author }),
    ...(own.length > 0 && { Env: own }),
    ...(directory !== "/" && { WorkingDir: directory }),
    ...members,
  };
}

function outputOf({ events }: Built): string {
  return events.map((event) => (event.type === "output" ? event.text : "")).join("");
}
