// Runs the registry's conformance cases and writes docs/registry-conformance.md. Usage: npm run conformance
import { writeFileSync } from "node:fs";
import { conformanceTable } from "../test/v2/conformance-table.ts";
import { runCases } from "../test/v2/run-cases.ts";

const results = await runCases((title, error) => console.error(`${title}\n`, error));
writeFileSync(new URL("../docs/registry-conformance.md", import.meta.url), conformanceTable(results));
// Worker threads that wait for work would keep the process.
process.exit(results.every(({ passed }) => passed) ? 0 : 1);
