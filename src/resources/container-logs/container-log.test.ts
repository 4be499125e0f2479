import assert from "node:assert/strict";
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ContainerLog } from "./container-log.ts";
import type { LogOptions } from "./container-log.ts";
import type { LogLine, LogStream } from "./log-line.ts";
import type { LogQuery } from "./log-query.ts";

const root = await mkdtemp(join(tmpdir(), "slipway-logs-"));
after(() => rm(root, { recursive: true }));
let count = 0;

function newLog(options: Partial<LogOptions> = {}): ContainerLog {
  return new ContainerLog(join(root, `${(count += 1)}-json.log`), { maxSize: 10_000_000, maxFiles: 3, onLost: neverLost, ...options });
}

function neverLost(error: unknown): never {
  assert.fail(String(error));
}

async function say(log: ContainerLog, text: string, stream: LogStream = "stdout"): Promise<void> {
  await log.append({ stream, bytes: Buffer.from(text) });
}

async function linesOf(log: ContainerLog, query: LogQuery = {}): Promise<string[]> {
  const lines: string[] = [];
  for await (const some of log.read(query)) lines.push(...some.map(({ text }) => text));
  return lines;
}

async function collect(lines: AsyncIterable<readonly LogLine[]>): Promise<string[]> {
  const texts: string[] = [];
  for await (const some of lines) texts.push(...some.map(({ text }) => text));
  return texts;
}

function textsOf({ value }: IteratorResult<readonly LogLine[], void>): string[] {
  return (value ?? []).map(({ text }) => text);
}

test("what both streams said is read in the order of its arrival, with its times", async () => {
  const log = newLog({ now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678) });
  log.begin();
  await say(log, "one\ntw");
  await say(log, "oops\n", "stderr");
  await say(log, "o\nrest");
  await log.finish();
  const lines: LogLine[] = [];
  for await (const some of log.read({})) lines.push(...some);
  assert.deepEqual(lines, [
    { stream: "stdout", time: "2026-01-02T03:04:05.678000000Z", text: "one\n" },
    { stream: "stderr", time: "2026-01-02T03:04:05.678000001Z", text: "oops\n" },
    { stream: "stdout", time: "2026-01-02T03:04:05.678000002Z", text: "two\n" },
    { stream: "stdout", time: "2026-01-02T03:04:05.678000003Z", text: "rest" },
  ]);
});

test("the file is what Docker's json-file driver writes, attributes included", async () => {
  const log = newLog({ now: () => 0, attributes: { tier: "a" } });
  log.begin();
  await say(log, 'say "é"\n');
  await log.finish();
  const time = "1970-01-01T00:00:00.000000000Z";
  assert.deepEqual(JSON.parse(await readFile(log.path, "utf8")), { log: 'say "é"\n', stream: "stdout", attrs: { tier: "a" }, time });
});

test("a log that nothing was said to is empty", async () => {
  assert.deepEqual(await linesOf(newLog(), { follow: true, tail: 5 }), []);
});

/** Ten numbered lines in files of about two lines each. */
async function rotated(maxFiles: number): Promise<ContainerLog> {
  let now = 0;
  const log = newLog({ maxSize: 100, maxFiles, now: () => (now += 1000) });
  log.begin();
  for (let line = 0; line < 10; line += 1) await say(log, `${line}\n`);
  await log.finish();
  return log;
}

const numbers = (from: number, to = 9): string[] => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}\n`);
const second = (seconds: number): bigint => BigInt(seconds) * 1_000_000_000n;

test("lines are read across all files, and by tail, since and until", async () => {
  const log = await rotated(20);
  assert.ok((await readdir(root)).includes(`${count}-json.log.3`));
  assert.deepEqual(await linesOf(log), numbers(0));
  for (let tail = 0; tail <= 12; tail += 1) assert.deepEqual(await linesOf(log, { tail }), numbers(Math.max(0, 10 - tail)), `tail ${tail}`);
  // The line n is of second n + 1, a nanosecond more or less for each.
  assert.deepEqual(await linesOf(log, { since: second(4) }), numbers(3));
  assert.deepEqual(await linesOf(log, { until: second(4) }), numbers(0, 3));
  assert.deepEqual(await linesOf(log, { since: second(4), until: second(6) }), numbers(3, 5));
  assert.deepEqual(await linesOf(log, { since: second(4), tail: 2 }), numbers(8));
  assert.deepEqual(await linesOf(log, { until: second(9), tail: 3 }), numbers(7, 8));
  assert.deepEqual(await linesOf(log, { until: -5n }), []);
});

test("no more files are kept than allowed, the newest lines in them", async () => {
  for (const maxFiles of [1, 2, 3]) {
    const log = await rotated(maxFiles);
    const names = (await readdir(root)).filter((name) => name.startsWith(`${count}-json.log`));
    assert.equal(names.length, maxFiles);
    const lines = await linesOf(log);
    assert.deepEqual(lines, numbers(10 - lines.length));
    assert.ok(lines.length >= maxFiles && lines.length <= 2 * maxFiles, `${lines.length} lines in ${maxFiles} files`);
  }
});

test("a log is taken up again by the next engine, rotation too", async () => {
  const before = await rotated(3);
  const kept = await linesOf(before);
  const log = new ContainerLog(before.path, { maxSize: 100, maxFiles: 3, onLost: neverLost });
  assert.deepEqual(await linesOf(log), kept);
  log.begin();
  for (const text of ["a\n", "b\n", "c\n", "d\n", "e\n", "f\n"]) await say(log, text);
  await log.finish();
  assert.deepEqual(await linesOf(log, { tail: 4 }), ["c\n", "d\n", "e\n", "f\n"]);
  await log.remove();
  assert.deepEqual(
    (await readdir(root)).filter((name) => name.startsWith(`${count}-json.log`)),
    [],
  );
});

test("a follower reads through rotations to the end of the run, and another run is not its own", async () => {
  const log = newLog({ maxSize: 200, maxFiles: 50 });
  log.begin();
  await say(log, "first\n");
  const following = collect(log.read({ follow: true }));
  const expected = ["first\n"];
  for (let line = 0; line < 100; line += 1) {
    await say(log, `${line}\n`);
    expected.push(`${line}\n`);
    if (line % 10 === 0) await new Promise(setImmediate);
  }
  await say(log, "unfinished");
  await log.finish();
  assert.deepEqual(await following, [...expected, "unfinished"]);
  assert.deepEqual(await linesOf(log, { follow: true, tail: 1 }), ["unfinished"]);
});

test("a follower gets each line when it is whole", async () => {
  const log = newLog();
  log.begin();
  const lines = log.read({ follow: true });
  const first = lines.next();
  await say(log, "he");
  await say(log, "llo\n");
  assert.deepEqual(textsOf(await first), ["hello\n"]);
  const nextLine = lines.next();
  await say(log, "again\n");
  assert.deepEqual(textsOf(await nextLine), ["again\n"]);
  await log.finish();
  assert.equal((await lines.next()).done, true);
});

test("a follower that was outrun goes on with the oldest line there is", async () => {
  const log = newLog({ maxSize: 100, maxFiles: 2 });
  log.begin();
  await say(log, "0\n");
  const lines = log.read({ follow: true });
  assert.deepEqual(textsOf(await lines.next()), ["0\n"]);
  for (let line = 1; line < 10; line += 1) await say(log, `${line}\n`);
  await log.finish();
  const rest = await collect(lines);
  const kept = await linesOf(log);
  assert.ok(rest.length < 9, "some are lost");
  // What it had open when it fell behind is still read to its end.
  assert.deepEqual(rest.slice(-kept.length), kept);
});

test("who does not follow gets what was there, however much comes meanwhile", async () => {
  const log = newLog({ maxSize: 300, maxFiles: 100 });
  log.begin();
  await say(log, "a\nb\n");
  await until(async () => (await linesOf(log)).length === 2);
  const lines = log.read({});
  const seen = textsOf(await lines.next());
  for (let line = 0; line < 50; line += 1) await say(log, `${line}\n`);
  seen.push(...(await collect(lines)));
  assert.deepEqual(seen, ["a\n", "b\n"]);
  await log.finish();
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise(setImmediate);
}

test("a signal ends a waiting follower", async () => {
  const log = newLog();
  log.begin();
  const controller = new AbortController();
  const waiting = linesOf(log, { follow: true, signal: controller.signal });
  setImmediate(() => controller.abort());
  await assert.rejects(waiting, { kind: "cancelled" });
  await log.finish();
});

test("a log that was damaged is read as far as it goes, and what comes next is whole", async () => {
  const log = await rotated(1);
  const whole = await linesOf(log);
  const half = (await readFile(log.path)).subarray(0, 40);
  for (const damage of [
    half,
    Buffer.alloc(5000),
    Buffer.from('"text"\nnull\n[]\n{"log":1}\n'),
    Buffer.from('{"log":"x","stream":"stdin","time":""}\n'),
  ]) {
    await appendFile(log.path, damage);
    assert.deepEqual(await linesOf(log), whole);
  }
  await appendFile(log.path, half);
  const later = new ContainerLog(log.path, { maxSize: 1_000_000, maxFiles: 1, onLost: neverLost });
  later.begin();
  await say(later, "more\n");
  await later.finish();
  assert.deepEqual(await linesOf(later), [...whole, "more\n"]);
});

test("damage without any line end takes no memory and hides nothing behind it", async () => {
  const log = newLog();
  await writeFile(log.path, Buffer.alloc(20_000_000, 0x20));
  await appendFile(log.path, "\n");
  log.begin();
  await say(log, "here\n");
  await log.finish();
  assert.deepEqual(await linesOf(log), ["here\n"]);
});

test("who appends waits for the disk", async () => {
  const log = newLog({ maxSize: 50_000_000 });
  log.begin();
  const chunk = Buffer.from(`${"x".repeat(99)}\n`.repeat(5000));
  for (let round = 0; round < 20; round += 1) {
    await log.append({ stream: "stdout", bytes: chunk });
    const { size } = await stat(log.path).catch(() => ({ size: 0 }));
    assert.ok(round * chunk.length - size < 2_000_000, "no more than a little waits in memory");
  }
  await log.finish();
  assert.equal((await linesOf(log)).length, 100_000);
});

test("lines that cannot be written are lost, said once a run, and the process goes on", async () => {
  const lost: unknown[] = [];
  const log = new ContainerLog(join(root, "missing", "log"), { maxSize: 1000, maxFiles: 2, onLost: (error) => lost.push(error) });
  log.begin();
  for (let line = 0; line < 5; line += 1) await say(log, "x\n");
  await log.finish();
  assert.equal(lost.length, 1);
  assert.match(String(lost[0]), /ENOENT/);
});
