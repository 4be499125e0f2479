import assert from "node:assert/strict";
import { diceOf } from "../crash/dice.ts";
import type { Dice } from "../crash/dice.ts";
import type { ServedContainers } from "../containers/served-containers.ts";

export const SEED = Number(process.env["SLIPWAY_AT_ONCE_SEED"] ?? Date.now() % 1_000_000);

const CLIENTS = 8;
const REQUESTS = Number(process.env["SLIPWAY_AT_ONCE_REQUESTS"] ?? "400");

export interface Request {
  /** Method and path. */
  readonly request: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is asked for next, of what was answered, when that was a success. */
  readonly next?: (text: string) => Request;
}

export function withJson(request: string, body: object): Request {
  return { request, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
}

export function withTar(request: string, body: Uint8Array): Request {
  return { request, body, headers: { "Content-Type": "application/x-tar" } };
}

/**
 * Several clients who ask for whatever chance has it, all at once. None of them may hear of a fault of the engine; gives how
 * often which status was heard.
 *
 * @param isFault whether an answer below 500 tells of one all the same, or one above does not.
 */
export async function askAtOnce(
  served: ServedContainers,
  draw: (dice: Dice) => Promise<Request>,
  isFault: (status: number, text: string) => boolean,
): Promise<string> {
  const dice = diceOf(SEED);
  const statuses = new Map<number, number>();
  let left = REQUESTS;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      for (let drawn: Request | undefined = await draw(dice); drawn !== undefined;) {
        const { request, next, ...options }: Request = drawn;
        const { status, text } = await served.ask(request, options);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        assert.ok(!isFault(status, text), `${request}: ${status} ${text.slice(-2000)}\n${served.logged.join("\n")}`);
        drawn = status < 300 ? next?.(text) : undefined;
      }
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return JSON.stringify(Object.fromEntries([...statuses].toSorted(([a], [b]) => a - b)));
}
