// Writes docs/api-coverage.md from the route table. Usage: npm run coverage
import { writeFileSync } from "node:fs";
import { apiCoverage } from "../src/daemon/api/api-coverage.ts";

writeFileSync(new URL("../docs/api-coverage.md", import.meta.url), apiCoverage());
