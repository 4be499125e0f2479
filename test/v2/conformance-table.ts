import type { ConformanceCase } from "./case.ts";

export interface CaseResult {
  readonly tested: ConformanceCase;
  readonly passed: boolean;
}

const HEAD = `# The registry and OCI's distribution-spec

What the [OCI Distribution Specification 1.1](https://github.com/opencontainers/distribution-spec) asks of a registry, and
whether Slipway does it. Made by \`npm run conformance\`; a test runs every case and fails when this page says anything else.
`;

/** docs/registry-conformance.md. */
export function conformanceTable(results: readonly CaseResult[]): string {
  const sections = Map.groupBy(results, ({ tested }) => tested.section);
  const tables = [...sections].map(([section, rows]) => {
    const lines = rows.map(({ tested, passed }) => `| ${sentence(tested.title)} | ${passed ? "yes" : "**no**"} |`);
    return [`## ${section}`, "", "| case | passes |", "| --- | --- |", ...lines, ""].join("\n");
  });
  const passed = results.filter((result) => result.passed).length;
  return [HEAD, `${passed} of ${results.length} cases pass.`, "", tables.join("\n")].join("\n");
}

function sentence(title: string): string {
  return title.startsWith("`") ? title : title.charAt(0).toUpperCase() + title.slice(1);
}
