import { openEngine } from "#engine";
import { Lab } from "./case.ts";
import { CASES } from "./cases/index.ts";
import type { CaseResult } from "./conformance-table.ts";
import { serveRegistry } from "./served-registry.ts";

/** Every case against a new engine in memory; `report` hears of each failure. */
export async function runCases(report: (title: string, error: unknown) => void): Promise<readonly CaseResult[]> {
  await using engine = await openEngine({ memory: true });
  await using registry = await serveRegistry(engine);
  const results: CaseResult[] = [];
  for (const [number, tested] of CASES.entries()) {
    try {
      await tested.run(new Lab(engine, registry, number));
      results.push({ tested, passed: true });
    } catch (error) {
      report(`${tested.section}: ${tested.title}`, error);
      results.push({ tested, passed: false });
    }
  }
  return results;
}
