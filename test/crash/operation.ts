import { send } from "../workbench/index.ts";
import type { Answer, Call } from "../workbench/index.ts";

import type { Change } from "./model.ts";

/** One request that changes the store, and what it changes once it has succeeded. */
export interface Operation {
  readonly what: string;
  /** Done before the request is sent. */
  readonly prepare?: () => Promise<void>;
  readonly call: Call;
  /** The engine said that it is done; a load says so in its stream. Otherwise it was refused. */
  isDone(answer: Answer): boolean;
  /** Refusals that are the engine's fault, besides those with a status from 500. */
  isBroken?(answer: Answer): boolean;
  /** What it does to the store, which may have changed since it was drawn; `answer` is absent when the engine died before. */
  change(answer: Answer | undefined): Change;
}

/** Sends an operation; `undefined` says that the engine died before it had answered. */
export async function perform(socket: string, { call, prepare }: Operation): Promise<Answer | undefined> {
  await prepare?.();
  const answer = await send(socket, call).catch(() => undefined);
  return answer?.cut === true ? undefined : answer;
}

/** Moves a name, from wherever it was, to an image. */
export function tagAs(id: string, name: string): Operation {
  const colon = name.lastIndexOf(":");
  return {
    what: `tag ${id.slice(7, 19)} as ${name}`,
    call: { method: "POST", path: `/images/${id}/tag?repo=${name.slice(0, colon)}&tag=${name.slice(colon + 1)}` },
    isDone: ({ status }) => status === 201,
    change: () => [
      ({ names, images }) => {
        if (images.has(id)) names.set(name, id);
      },
    ],
  };
}
