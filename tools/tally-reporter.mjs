// The last lines of a test run in TAP's words, which people and programs know to look for.

/** A reporter for `node --test`. */
export default async function* tally(events) {
  for await (const { type, data } of events) {
    // Each file has a summary of its own, too.
    if (type !== "test:summary" || data.file !== undefined) continue;
    const { tests, suites, passed, failed, cancelled, skipped, todo } = data.counts;
    const rows = Object.entries({
      tests,
      suites,
      pass: passed,
      fail: failed,
      cancelled,
      skipped,
      todo,
      duration_ms: Math.round(data.duration_ms),
    });
    yield `\n${rows.map(([name, count]) => `# ${name} ${count}`).join("\n")}\n`;
  }
}
