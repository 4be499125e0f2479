import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BuildBench } from "./build-bench.ts";
import type { Built, Order } from "./build-bench.ts";
import type { Files } from "./context-files.ts";

/** A Dockerfile, what it is given, and what must come of it. `FROM base` is the case's own base image. */
export interface BuildCase extends Order {
  readonly name: string;
  readonly base?: Files;
  readonly baseConfig?: Readonly<Record<string, unknown>>;
  /** Every file that the base does not have just so; see `BuildBench.look`. */
  readonly makes?: Readonly<Record<string, string>>;
  /** Instead: the whole message that the build ends with. */
  readonly fails?: string;
}

/** Every case is a test of its own; all are built by one engine, one after the other. */
export function checkCases(title: string, cases: readonly BuildCase[]): void {
  describe(title, () => {
    let bench: BuildBench;
    before(async () => {
      bench = await BuildBench.open();
    });
    after(() => bench[Symbol.asyncDispose]());
    for (const each of cases) test(each.name, () => check(bench, each));
  });
}

async function check(bench: BuildBench, { base, baseConfig, makes, fails, ...order }: BuildCase): Promise<void> {
  if (base !== undefined) await bench.load("base:latest", [base], baseConfig);
  if (fails !== undefined) return assert.equal(await bench.fail(order), fails);
  const built = await bench.build(order);
  assert.deepEqual(base === undefined ? built.files : await newFiles(bench, built), makes);
}

async function newFiles(bench: BuildBench, { files }: Built): Promise<Record<string, string>> {
  const before_ = (await bench.look("base:latest")).files;
  return Object.fromEntries(Object.entries(files).filter(([path, description]) => before_[path] !== description));
}
