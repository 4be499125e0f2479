import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineEvent } from "./engine-event.ts";
import { EventJournal } from "./event-journal.ts";

function publish(journal: EventJournal, action: string): void {
  journal.publish({ type: "image", action, actor: { id: "x", attributes: {} } });
}

async function actions(events: AsyncIterable<EngineEvent>, count = Infinity): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of events) {
    seen.push(event.action);
    if (seen.length === count) break;
  }
  return seen;
}

test("a subscriber hears what is published after it subscribed, even before it reads", async () => {
  const journal = new EventJournal();
  publish(journal, "before");
  const events = journal.subscribe({});
  publish(journal, "after");
  assert.deepEqual(await actions(events, 1), ["after"]);
});

test("since and until replay what is remembered, and a passed until ends the stream", async () => {
  let now = 1000;
  const journal = new EventJournal({ now: () => now });
  for (const time of [1000, 2000, 3000]) {
    now = time;
    publish(journal, `at ${time}`);
  }
  now = 4000;
  const events = journal.subscribe({ since: 2_000_000_000n, until: 3_000_000_000n });
  assert.deepEqual(await actions(events), ["at 2000", "at 3000"]);
});

test("no more than 256 events are remembered", async () => {
  const journal = new EventJournal({ now: () => 5 });
  for (let index = 0; index < 300; index += 1) publish(journal, String(index));
  const seen = await actions(journal.subscribe({ since: 0n, until: 6_000_000n }));
  assert.equal(seen.length, 256);
  assert.deepEqual([seen.at(0), seen.at(-1)], ["44", "299"]);
});

test("times grow strictly although the clock stands still or steps back", async () => {
  let now = 10;
  const journal = new EventJournal({ now: () => now });
  const events = journal.subscribe({});
  publish(journal, "a");
  now = 5;
  publish(journal, "b");
  publish(journal, "c");
  const times: bigint[] = [];
  for await (const event of events) if (times.push(event.time) === 3) break;
  assert.ok(times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0n)));
});

test("a signal ends the stream after what was already heard", async () => {
  const journal = new EventJournal();
  const controller = new AbortController();
  const events = journal.subscribe({}, { signal: controller.signal });
  publish(journal, "heard");
  controller.abort();
  publish(journal, "too late");
  assert.deepEqual(await actions(events), ["heard"]);
});

test("a subscription that is closed unread is forgotten", async () => {
  const journal = new EventJournal();
  await journal.subscribe({}).return?.();
  assert.equal(journal.subscribers, 0);
});
