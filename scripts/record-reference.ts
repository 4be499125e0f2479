/**
 * Holds the conversation of the differential test with a real engine and keeps its answers:
 *
 *   node --conditions=source scripts/record-reference.ts graph|containerd SOCKET
 *
 * The engine must be empty and stays empty; anything it holds beforehand would be removed.
 */
import { writeFileSync } from "node:fs";

import { conversation } from "../test/differential/conversation/index.ts";
import { converse } from "../test/differential/converse.ts";
import { RECORDED_VERSIONS, fold, transcript } from "../test/differential/recorded.ts";
import { send } from "../test/workbench/index.ts";

const [store, socket] = process.argv.slice(2);
if ((store !== "graph" && store !== "containerd") || socket === undefined) {
  throw new Error("usage: record-reference.ts graph|containerd SOCKET");
}
await assertEmpty(socket);

const transcripts = new Map();
for (const version of RECORDED_VERSIONS) {
  transcripts.set(version, transcript(await converse(socket, version, conversation)));
  await assertEmpty(socket);
}
const recording = fold(transcripts);
const lines = Object.entries(recording).map(
  ([step, answers]) => `${JSON.stringify(step)}: [\n${answers.map((each) => JSON.stringify(each)).join(",\n")}\n]`,
);
const path = new URL(`../test/differential/recorded/${store}.json`, import.meta.url);
writeFileSync(path, `{\n${lines.join(",\n")}\n}\n`);

async function assertEmpty(engine: string): Promise<void> {
  const { body } = await send(engine, { method: "GET", path: "/images/json?all=1" });
  if (body.toString().trim() !== "[]") throw new Error(`the engine on ${engine} holds images, expected an empty one`);
}
