/**
 * Commits containers with a reference engine, Docker on the graph store, and keeps what they come to:
 *
 *   node --conditions=source scripts/record-commits.ts SOCKET
 *
 * The engine may hold images; it runs busybox without a network.
 */
import { writeFileSync } from "node:fs";

import { observeCommits } from "../test/differential/commits/observe.ts";

const [socket] = process.argv.slice(2);
if (socket === undefined) throw new Error("usage: record-commits.ts SOCKET");
const lines = Object.entries(await observeCommits(socket)).map(([name, seen]) => `${JSON.stringify(name)}: ${JSON.stringify(seen)}`);
writeFileSync(new URL("../test/differential/recorded/commits.json", import.meta.url), `{\n${lines.join(",\n")}\n}\n`);
