import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isEngineError } from "#errors";
import { parseMoment, parseUnixTime, toDate } from "./timestamp.ts";

const NOW = new Date("2026-11-21T05:00:00.750Z");

describe("parseMoment()", () => {
  /** Text and the moment it means in a zone an hour east of UTC. */
  const cases: readonly [string, string][] = [
    ["0s", "2026-11-21T05:00:00.000Z"],
    ["10m", "2026-11-21T04:50:00.000Z"],
    ["1h30m", "2026-11-21T03:30:00.000Z"],
    ["-1h", "2026-11-21T06:00:00.000Z"],
    ["1.5h", "2026-11-21T03:30:00.000Z"],
    ["0", "1970-01-01T00:00:00.000Z"],
    ["1.5", "1970-01-01T00:00:01.500Z"],
    ["+5", "1970-01-01T00:00:05.000Z"],
    ["2020", "1970-01-01T00:33:40.000Z"],
    ["1.1234567890", "1970-01-01T00:00:01.123Z"],
    ["2020-01-02", "2020-01-01T23:00:00.000Z"],
    ["2020-01-02Z", "2020-01-02T00:00:00.000Z"],
    ["2020-01-02+02:00", "2020-01-01T22:00:00.000Z"],
    ["2020-01-02-07:00", "2020-01-02T07:00:00.000Z"],
    ["2020-01-02T10", "2020-01-02T09:00:00.000Z"],
    ["2020-01-02T1", "2020-01-02T00:00:00.000Z"],
    ["2020-01-02T10Z", "2020-01-02T10:00:00.000Z"],
    ["2020-01-02T10+02:00", "2020-01-02T08:00:00.000Z"],
    ["2020-01-02T10:11", "2020-01-02T09:11:00.000Z"],
    ["2020-01-02T10:11Z", "2020-01-02T10:11:00.000Z"],
    ["2020-01-02T10:11-07:00", "2020-01-02T17:11:00.000Z"],
    ["2020-01-02T10:11:12", "2020-01-02T09:11:12.000Z"],
    ["2020-01-02T10:11:12.5", "2020-01-02T09:11:12.500Z"],
    ["2020-01-02T10:11:12,5Z", "2020-01-02T10:11:12.500Z"],
    ["2020-01-02T10:11:12.123456789+02:00", "2020-01-02T08:11:12.123Z"],
    ["2020-02-29T00:00:00Z", "2020-02-29T00:00:00.000Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
  ];
  for (const [text, expected] of cases) {
    it(`reads ${text} as ${expected}`, () => assert.equal(toDate(parseMoment(text, NOW, 60)).toISOString(), expected));
  }

  it("keeps nanoseconds", () => assert.equal(parseMoment("2020-01-02T10:11:12.123456789Z", NOW), 1_577_959_872_123_456_789n));

  const refusals: readonly [string, string][] = [
    ...["zzz", "1.x", "x.1", "1.", ".1", "", " 1h", "1h1", "1d", "1_000", "0x10", "99999999999999999999", "9".repeat(1000)].map(
      (text): [string, string] => [text, `failed to parse value as time or duration: "${text}"`],
    ),
    ["-5", 'parsing time "-5" as "2006-01-02": cannot parse "-5" as "2006"'],
    ["2020-01", 'parsing time "2020-01" as "2006-01-02": cannot parse "" as "-"'],
    ["2020-01-02T", 'parsing time "2020-01-02T" as "2006-01-02T15": cannot parse "" as "15"'],
    ["2020-13-02", 'parsing time "2020-13-02": month out of range'],
    ["2020-02-30", 'parsing time "2020-02-30": day out of range'],
    ["2020-01-00", 'parsing time "2020-01-00": day out of range'],
    ["2020-01-02T25:00:00", 'parsing time "2020-01-02T25:00:00": hour out of range'],
    ["2020-01-02T10:60:00", 'parsing time "2020-01-02T10:60:00": minute out of range'],
    ["2020-01-02T10:00:60Z", 'parsing time "2020-01-02T10:00:60Z": second out of range'],
    ["2020-01-02+25:00", 'parsing time "2020-01-02+25:00": time zone offset hour out of range'],
    ["2020-01-02 10:00:00", 'parsing time "2020-01-02 10:00:00": extra text: " 10:00:00"'],
    ["2020-01-02t10:11:12z", 'parsing time "2020-01-02t10:11:12z" as "2006-01-02Z07:00": cannot parse "t10:11:12z" as "Z07:00"'],
  ];
  for (const [text, message] of refusals) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.throws(() => parseMoment(text, NOW, 0), { kind: "invalid-argument", message });
    });
  }

  it("reads what Date writes", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }), (date) => {
        assert.equal(toDate(parseMoment(date.toISOString(), NOW, 60)).getTime(), date.getTime());
      }),
    );
  });

  it("throws nothing but invalid-argument, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0129-:TZz.,+hms ") }), (text) => {
        try {
          return typeof parseMoment(text, NOW) === "bigint";
        } catch (error) {
          return isEngineError(error, "invalid-argument");
        }
      }),
    );
  });
});

describe("parseUnixTime()", () => {
  const cases: readonly [string, bigint][] = [
    ["0", 0n],
    ["1.5", 1_500_000_000n],
    ["1.000000001", 1_000_000_001n],
    ["1.1234567899", 1_123_456_789n],
    ["-5", -5_000_000_000n],
    ["10000000000", 10_000_000_000_000_000_000n],
  ];
  for (const [text, expected] of cases) {
    it(`reads ${text} as ${expected} ns`, () => assert.equal(parseUnixTime(text), expected));
  }

  const refusals: readonly [string, string][] = [
    ["x", 'invalid timestamp "x": invalid seconds "x": invalid syntax'],
    ["", 'invalid timestamp "": invalid seconds "": invalid syntax'],
    ["1h", 'invalid timestamp "1h": invalid seconds "1h": invalid syntax'],
    ["1.x", 'invalid timestamp "1.x": invalid nanoseconds "x": invalid syntax'],
    ["1.", 'invalid timestamp "1.": invalid nanoseconds "": invalid syntax'],
    ["9223372036854775808", 'invalid timestamp "9223372036854775808": invalid seconds "9223372036854775808": value out of range'],
  ];
  for (const [text, message] of refusals) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseUnixTime(text), { kind: "invalid-argument", message }));
  }
});

it("toDate() never gives an invalid date", () => {
  assert.equal(toDate(parseUnixTime("9223372036854775807")).getTime(), 8.64e15);
  assert.equal(toDate(parseUnixTime("-9223372036854775808")).getTime(), -8.64e15);
  assert.equal(toDate(-1n).getTime(), -1);
});
