import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isEngineError } from "#errors";
import { createWorkBudget } from "../values/work-budget.ts";
import { expandHeredoc, expandToWords, expandWord } from "./expand-word.ts";
import type { ExpandOptions } from "./expand-word.ts";

const variables = new Map([
  ["PWD", "/home"],
  ["FOO", "foobarbaz"],
  ["EMPTY", ""],
  ["STAR", "a*b"],
  ["LINES", "a\nb"],
  ["SPACES", "  99   100 "],
  ["ZWÖLF", "12"],
  ["ASTRAL", "a😀b"],
]);

const options = (escape: "\\" | "`" = "\\"): ExpandOptions => ({ escape, budget: createWorkBudget() });

function expand(word: string): string {
  try {
    return expandWord(word, variables, options());
  } catch (error) {
    if (!isEngineError(error, "invalid-argument")) throw error;
    return `! ${error.message.replace(/^failed to process "(?:[^"\\]|\\.)*": /, "")}`;
  }
}

const words: readonly [string, string][] = [
  ["", ""],
  ["he'll'o", "hello"],
  ["he\\'llo", "he'llo"],
  ["a\\tb", "atb"],
  ['"a\\tb"', "a\\tb"],
  ['"a\\\\b"', "a\\b"],
  ["'a\\\\b'", "a\\\\b"],
  ["a\\", "a"],
  ["'$PWD'", "$PWD"],
  ['"$PWD"', "/home"],
  ["\\$PWD", "$PWD"],
  ['"\\$PWD"', "$PWD"],
  ["he\\\\$PWD", "he\\/home"],
  ['"he\\\\$PWD"', "he\\/home"],
  ["$", "$"],
  ["$.", "$."],
  ["a$", "a$"],
  ["$PWDX", ""],
  ["$PWD.x", "/home.x"],
  ["$1x", "x"],
  ["$12$@$*$#$?$-$$$!$0", ""],
  ["$ZWÖLF", "12"],
  ["${PWD}", "/home"],
  ["${aaa}}", "}"],
  ["${XXX:-${PWD:-y}}", "/home"],
  ["${XXX-a b}", "a b"],
  ["${EMPTY-a}${EMPTY:-b}", "b"],
  ["${PWD:+${PWD}:}", "/home:"],
  ["${EMPTY:+a}${EMPTY+b}${XXX+c}", "b"],
  ["${XXX:-\\$PWD:}", "$PWD:"],
  ["${XXX:-\\${PWD}z}", "${PWDz}"],
  ["${XXX:-'}'}", "}"],
  ['${XXX:-"${PWD}"}', "/home"],
  ["${aaa:-bbb {foo}", "bbb {foo"],
  ["${PWD:?}${EMPTY?}", "/home"],
  ["${XXX:?}", "! XXX: is not allowed to be unset"],
  ["${EMPTY:?}", "! EMPTY: is not allowed to be empty"],
  ["${XXX?say $PWD}", "! XXX: say /home"],
  ["${FOO#*ba}", "rbaz"],
  ["${FOO##*ba}", "z"],
  ["${FOO%ba*}", "foobar"],
  ["${FOO%%ba*}", "foo"],
  ["${FOO/ba/X}", "fooXrbaz"],
  ["${FOO//ba/X}", "fooXrXz"],
  ["${FOO/b?r}", "! syntax error: missing '/' in ${}"],
  ["${FOO//b?/}", "foorz"],
  ["${FOO/b**z/}", "foo"],
  ["${FOO#x}${FOO%x}", "foobarbazfoobarbaz"],
  ["${FOO##*}", ""],
  ["${FOO///-}", "-f-o-o-b-a-r-b-a-z-"],
  ["${FOO//*/-}", "-"],
  ["${STAR#a\\*}", "b"],
  ["${STAR%\\*?}", "a"],
  ["${STAR#a\\b}", "! invalid pattern (a\\b) in substitution: invalid escape '\\b'"],
  ["${PWD/\\//}", "home"],
  ["${PWD/\\//\\}}", "\\}home"],
  ["${LINES#*b}", "a\nb"],
  ["${LINES#a?b}", "a\nb"],
  ["${ASTRAL#a?}", "b"],
  ["${ASTRAL/?b/}", "a"],
  ["${XXX#a}${XXX/a/b}", ""],
  ["${PWD/home/$FOO}", "/foobarbaz"],
  ["${", "! syntax error: missing '}'"],
  ["${PWD", "! unsupported modifier (\ufffd) in substitution"],
  ["${PWD:-", "! syntax error: missing '}'"],
  ["${XXX:-${YYY", "! syntax error: missing '}'"],
  ["${XXX-'a}", "! syntax error: missing '}'"],
  ["${}", "! syntax error: bad substitution"],
  ["${:x}", "! syntax error: bad substitution"],
  ["${{x}}", "! syntax error: bad substitution"],
  ["he${XXX:YYY}", "! unsupported modifier (:Y) in substitution"],
  ["${PWD:=x}", "! unsupported modifier (:=) in substitution"],
  ["${PWD:0:1}", "! unsupported modifier (:0) in substitution"],
  ["${PWD^}", "! unsupported modifier (^) in substitution"],
  ["${PWD:#a}", "! unsupported modifier (:#) in substitution"],
  ["'a", "! unexpected end of statement while looking for matching single-quote"],
  ['"a', "! unexpected end of statement while looking for matching double-quote"],
  ['"a\\"', "! unexpected end of statement while looking for matching double-quote"],
  [`${"${a:-".repeat(65)}x${"}".repeat(65)}y`, "! more than 64 nested substitutions"],
  ["a << b <c", "a << b <c"],
];

describe("expandWord()", () => {
  for (const [word, expected] of words) {
    it(`makes ${JSON.stringify(expected)} of ${JSON.stringify(word.slice(0, 60))}`, () => {
      assert.equal(expand(word), expected);
    });
  }

  it("quotes the word that it cannot expand", () => {
    assert.throws(() => expandWord('"\u0001é', variables, options()), {
      message: 'failed to process "\\"\\x01é": unexpected end of statement while looking for matching double-quote',
    });
  });

  it("takes the backtick for escape and the backslash for text when the file says so", () => {
    assert.equal(expandWord('C:\\dir\\`$x "`"" `a', variables, options("`")), 'C:\\dir\\$x " a');
  });

  it("leaves text without quotes, escapes and variables as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(!/[$'"\\]/.test(text));
        return expandWord(text, variables, options()) === text;
      }),
    );
  });

  it("gives any value back from single quotes and from a variable", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        fc.pre(!value.includes("'"));
        return expandWord(`'${value}'`, variables, options()) === value && expandWord('"$v"', new Map([["v", value]]), options()) === value;
      }),
    );
  });

  it("trims and replaces as a regular expression would", () => {
    const pattern = fc.array(fc.constantFrom("a", "b", "*", "?"), { minLength: 1, maxLength: 5 }).map((parts) => parts.join(""));
    const value = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(pattern, value, (glob, text) => {
        const longest = glob.replaceAll("*", ".*").replaceAll("?", ".");
        const shortest = glob.replaceAll("?", ".").replaceAll("*", ".*?");
        const set = new Map([["v", text]]);
        const of = (word: string): string => expandWord(word, set, options());
        assert.equal(of(`\${v##'${glob}'}`), text.replace(new RegExp(`^${longest}`), ""));
        assert.equal(of(`\${v#${glob}}`), text.replace(new RegExp(`^${shortest}`), ""));
        assert.equal(of(`\${v/${glob}/-}`), text.replace(new RegExp(longest), "-"));
      }),
    );
  });
});

describe("expandToWords()", () => {
  const cases: readonly [string, readonly string[]][] = [
    ["${SPACES}", ["99", "100"]],
    ["x${SPACES}y", ["x", "99", "100", "y"]],
    ['"${SPACES}"', ["  99   100 "]],
    ["'' \"\" $EMPTY", []],
    ["a\\ b c", ["a b", "c"]],
    ["a'b c'd", ["ab cd"]],
  ];

  for (const [word, expected] of cases) {
    it(`makes ${JSON.stringify(expected)} of ${JSON.stringify(word)}`, () => {
      assert.deepEqual(expandToWords(word, variables, options()), expected);
    });
  }
});

describe("expandHeredoc()", () => {
  it("replaces variables, keeps quotes and frees escaped dollars", () => {
    assert.equal(expandHeredoc("it's \"$PWD\" \\$PWD ${XXX:-'x'}\n", variables, createWorkBudget()), "it's \"/home\" $PWD 'x'\n");
  });
});
