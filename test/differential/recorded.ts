import { readFileSync } from "node:fs";

import type { Talk } from "./converse.ts";
import { normalised } from "./normalise.ts";
import type { Recorded } from "./normalise.ts";

export type Store = "graph" | "containerd";

/** Versions that the reference engine was asked in; it speaks none beyond the last. */
export const RECORDED_VERSIONS = ["1.24", "1.41", "1.42", "1.43", "1.44", "1.48", "1.51"] as const;

/** Of the conversation with registries: those whose answers may change. */
export const REGISTRY_VERSIONS = ["1.24", "1.41", "1.44", "1.48", "1.51"] as const;

/** Answers of a store by step. Neighbouring versions that answer alike share an entry. */
export type Recording = Readonly<Record<string, readonly { readonly versions: readonly string[]; readonly answer: Recorded }[]>>;

/** A talk of one version as comparable answers, by step. */
export function transcript(talk: Talk): ReadonlyMap<string, Recorded> {
  return new Map(talk.heard.map(({ step, answer }) => [step.name, normalised(step, answer, talk.captured)]));
}

/** Folds the transcripts of several versions into the form that is kept. */
export function fold(transcripts: ReadonlyMap<string, ReadonlyMap<string, Recorded>>): Recording {
  const folded: Record<string, { versions: string[]; answer: Recorded }[]> = {};
  for (const [version, answers] of transcripts) {
    for (const [step, answer] of answers) {
      const entries = (folded[step] ??= []);
      const same = entries.find((entry) => JSON.stringify(entry.answer) === JSON.stringify(answer));
      if (same === undefined) entries.push({ versions: [version], answer });
      else same.versions.push(version);
    }
  }
  return folded;
}

export function recordedAnswer(recording: Recording, step: string, version: string): Recorded | undefined {
  return recording[step]?.find(({ versions }) => versions.includes(version))?.answer;
}

/** What the conversation is about: the store alone, the registries that it pulls from and pushes to, or containers. */
export type Subject = "local" | "registries" | "containers";

export function recordingFile(store: Store, subject: Subject): URL {
  return new URL(`recorded/${store}${subject === "local" ? "" : `-${subject}`}.json`, import.meta.url);
}

export function readRecording(store: Store, subject: Subject = "local"): Recording {
  return JSON.parse(readFileSync(recordingFile(store, subject), "utf8")) as Recording;
}
