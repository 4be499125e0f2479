import assert from "node:assert/strict";
import { test } from "node:test";
import type { Output } from "#runtime";
import { ProcessStreams } from "./process-streams.ts";
import type { Listener, TalkingProcess } from "./process-streams.ts";

const BOTH: Listener["wants"] = new Set(["stdout", "stderr"]);
const out = (text: string, stream: Output["stream"] = "stdout"): Output => ({ stream, bytes: Buffer.from(text) });

/** A process that says one thing after the other, as fast as it is listened to. */
function saying(outputs: readonly Output[], input?: TalkingProcess["input"]): TalkingProcess & { said: () => number; end: () => void } {
  const ended = Promise.withResolvers<{ exitCode: number; isOomKilled: boolean }>();
  let said = 0;
  async function* output(): AsyncGenerator<Output> {
    for (const each of outputs) {
      said += 1;
      yield each;
    }
  }
  return {
    output: output(),
    input,
    ended: ended.promise,
    isGone: () => false,
    said: () => said,
    end: () => ended.resolve({ exitCode: 0, isOomKilled: false }),
  };
}

function collecting(wants = BOTH): Listener & { readonly texts: string[] } {
  const texts: string[] = [];
  return { wants, texts, write: async ({ bytes }) => void texts.push(Buffer.from(bytes).toString()) };
}

test("everybody who listens gets what they want, those who came before the start too", async () => {
  const streams = new ProcessStreams(undefined);
  const [all, errors] = [collecting(), collecting(new Set(["stderr"]))];
  const listening = [all, errors].map((listener) => streams.listen(listener));
  await streams.run(saying([out("a"), out("b", "stderr"), out("c")]));
  await streams.end();
  await Promise.all(listening.map(({ ended }) => ended));
  assert.deepEqual([all.texts, errors.texts], [["a", "b", "c"], ["b"]]);
});

test("who does not take it holds the process up until it does", async () => {
  const streams = new ProcessStreams(undefined);
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  let taken = 0;
  streams.listen({ wants: BOTH, write: () => gates[taken++]?.promise ?? Promise.resolve() });
  const process = saying([out("a"), out("b"), out("c"), out("d")]);
  const running = streams.run(process);
  for (const [index, gate] of gates.entries()) {
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    assert.equal(process.said(), index + 1);
    gate.resolve();
  }
  await running;
  assert.equal(taken, 4);
});

test("who has gone is forgotten, and who leaves holds up nobody", async () => {
  const streams = new ProcessStreams(undefined);
  const gone = streams.listen({ wants: BOTH, write: () => Promise.reject(new Error("gone")) });
  const left = streams.listen({ wants: BOTH, write: () => Promise.reject(new Error("must not be asked")) });
  const staying = collecting();
  streams.listen(staying);
  left.leave();
  await streams.run(saying([out("a"), out("b")]));
  await Promise.all([gone.ended, left.ended]);
  assert.deepEqual(staying.texts, ["a", "b"]);
});

test("when the process is over nobody is waited for, and the slow ones still get everything", async () => {
  const streams = new ProcessStreams(undefined);
  const gate = Promise.withResolvers<void>();
  const texts: string[] = [];
  const slow = streams.listen({
    wants: BOTH,
    write: async ({ bytes }) => {
      await gate.promise;
      texts.push(Buffer.from(bytes).toString());
    },
  });
  const process = saying([out("a"), out("b"), out("c")]);
  const running = streams.run(process);
  await new Promise(setImmediate);
  assert.equal(process.said(), 1);
  process.end();
  await running;
  await streams.end();
  assert.deepEqual(texts, []);
  gate.resolve();
  await slow.ended;
  assert.deepEqual(texts, ["a", "b", "c"]);
});

test("input waits for the run, and is nobody's when there is none", async () => {
  const streams = new ProcessStreams(undefined);
  const input = { write: () => Promise.resolve(), end: () => undefined };
  const before = streams.input;
  await streams.run(saying([], input));
  await streams.end();
  assert.equal(await before, input);
  const next = streams.input;
  const listening = streams.listen(collecting());
  streams.release();
  assert.equal(await next, undefined);
  await listening.ended;
});
