/**
 * Holds a conversation of the differential test with a real engine and keeps its answers:
 *
 *   node --conditions=source scripts/record-reference.ts graph|containerd SOCKET [local|registries|containers]
 *
 * The engine must be empty and stays empty; anything it holds beforehand would be removed. For `registries` it must
 * share this machine's loopback, and take its registries for insecure. For `containers` it may hold what it likes.
 */
import { writeFileSync } from "node:fs";

import { containerConversation } from "../test/differential/conversation/containers.ts";
import { conversation, registryConversation } from "../test/differential/conversation/index.ts";
import { converse } from "../test/differential/converse.ts";
import type { Talk } from "../test/differential/converse.ts";
import type { Recorded } from "../test/differential/normalise.ts";
import type { Subject } from "../test/differential/recorded.ts";
import { fold, RECORDED_VERSIONS, recordingFile, REGISTRY_VERSIONS, transcript } from "../test/differential/recorded.ts";
import { openStand } from "../test/differential/registries/stand.ts";
import { send } from "../test/workbench/index.ts";

const [store, socket, subject = "local"] = process.argv.slice(2);
if ((store !== "graph" && store !== "containerd") || socket === undefined || !isSubject(subject)) {
  throw new Error("usage: record-reference.ts graph|containerd SOCKET [local|registries|containers]");
}
if (subject !== "containers") await assertEmpty(socket);

/** The engine keeps from a slow reader what is overtaken by later news. Of several talks, the most talkative one is complete. */
const TALKS = 4;

const transcripts = new Map<string, ReadonlyMap<string, Recorded>>();
for (const version of subject === "registries" ? REGISTRY_VERSIONS : RECORDED_VERSIONS) {
  transcripts.set(version, await answers(socket, version));
  if (subject !== "containers") await assertEmpty(socket);
}
const recording = fold(transcripts);
const lines = Object.entries(recording).map(
  ([step, answers]) => `${JSON.stringify(step)}: [\n${answers.map((each) => JSON.stringify(each)).join(",\n")}\n]`,
);
writeFileSync(recordingFile(store, subject), `{\n${lines.join(",\n")}\n}\n`);

function isSubject(text: string): text is Subject {
  return ["local", "registries", "containers"].includes(text);
}

async function answers(engine: string, version: string): Promise<ReadonlyMap<string, Recorded>> {
  if (subject === "registries") return mostTalkative(engine, version);
  return transcript(await converse(engine, version, subject === "local" ? conversation : containerConversation()));
}

async function mostTalkative(engine: string, version: string): Promise<ReadonlyMap<string, Recorded>> {
  const said = new Map<string, Recorded>();
  for (let talk = 0; talk < TALKS; talk++) {
    const isPatient = talk === 0 && version === REGISTRY_VERSIONS.at(-1);
    for (const [step, answer] of transcript(await aboutRegistries(engine, version, isPatient))) {
      const before = said.get(step);
      if (before === undefined || moreThan(JSON.stringify(answer), JSON.stringify(before))) said.set(step, answer);
    }
  }
  return said;
}

/** More words; of as many, the further progress. */
function moreThan(text: string, other: string): boolean {
  return text.length === other.length ? text > other : text.length > other.length;
}

/** Each with registries of its own: what one pushed is not there for the next. */
async function aboutRegistries(engine: string, version: string, isPatient: boolean): Promise<Talk> {
  await using stand = await openStand();
  return await converse(engine, version, registryConversation(isPatient), stand.known);
}

async function assertEmpty(engine: string): Promise<void> {
  const { body } = await send(engine, { method: "GET", path: "/images/json?all=1" });
  if (body.toString().trim() !== "[]") throw new Error(`the engine on ${engine} holds images, expected an empty one`);
}
