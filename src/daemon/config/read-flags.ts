import { FOREIGN_OPTIONS } from "./foreign-options.ts";
import { OPTIONS } from "./options.ts";
import type { Option } from "./options.ts";
import type { SettingValue, Settings } from "./settings.ts";

export interface FlagsRead {
  readonly settings: Settings;
  readonly mistakes: readonly string[];
}

type Spec = Option & { readonly foreign?: string };

const SPECS: readonly Spec[] = [...OPTIONS, ...FOREIGN_OPTIONS.map(({ reason, ...option }) => ({ ...option, help: "", foreign: reason }))];
const BY_FLAG: ReadonlyMap<string, Spec> = new Map(SPECS.map((spec) => [spec.flag, spec]));
const BY_SHORT: ReadonlyMap<string, Spec> = new Map(SPECS.flatMap((spec) => (spec.short === undefined ? [] : [[spec.short, spec]])));

/** Values that Go's `strconv.ParseBool` takes, which dockerd reads its switches with. */
const SWITCH_VALUES: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "TRUE", "true", "True"].map((word) => [word, true] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((word) => [word, false] as const),
]);

/**
 * Reads a command line as dockerd does: `--flag value`, `--flag=value`, `-fvalue`, `-f=value`, `-Dl debug`.
 * Goes on after a mistake, so that all of them can be told at once.
 *
 * `util.parseArgs` takes `-H=unix:///x` for the value `=unix:///x` and `-D=false` for five flags; dockerd's users write both.
 */
export function readFlags(argv: readonly string[]): FlagsRead {
  const reader = new FlagReader(argv);
  reader.read();
  return reader;
}

class FlagReader implements FlagsRead {
  readonly settings = new Map<string, SettingValue>();
  readonly mistakes: string[] = [];
  readonly #waiting: string[];

  constructor(argv: readonly string[]) {
    this.#waiting = [...argv];
  }

  read(): void {
    for (let word = this.#waiting.shift(); word !== undefined; word = this.#waiting.shift()) {
      if (word === "--") {
        for (const rest of this.#waiting.splice(0)) this.#refuseArgument(rest);
      } else if (word.startsWith("--")) this.#long(word);
      else if (word.startsWith("-") && word !== "-") this.#shorts(word);
      else this.#refuseArgument(word);
    }
  }

  #refuseArgument(word: string): void {
    this.mistakes.push(`unexpected argument ${JSON.stringify(word)}: slipwayd takes flags only`);
  }

  #long(word: string): void {
    const equals = word.indexOf("=");
    const name = equals === -1 ? word : word.slice(0, equals);
    const inline = equals === -1 ? undefined : word.slice(equals + 1);
    const spec = BY_FLAG.get(name.slice(2));
    if (spec === undefined) {
      this.mistakes.push(`unknown flag: ${printable(name)}`);
      // What follows is most likely its value; a second complaint about it would only confuse.
      if (inline === undefined && this.#waiting[0]?.startsWith("-") === false) this.#waiting.shift();
    } else this.#take(spec, name, inline);
  }

  #shorts(word: string): void {
    for (let at = 1; at < word.length; at += 1) {
      const name = word.charAt(at);
      const spec = BY_SHORT.get(name);
      if (spec === undefined) {
        this.mistakes.push(`unknown shorthand flag: '${printable(name)}' in ${printable(word)}`);
        return;
      }
      const rest = word.slice(at + 1);
      if (spec.kind !== "switch" || rest.startsWith("=")) {
        this.#take(spec, `-${name}`, rest === "" ? undefined : rest.replace(/^=/, ""));
        return;
      }
      this.#take(spec, `-${name}`, undefined);
    }
  }

  #take(spec: Spec, written: string, inline: string | undefined): void {
    const text = inline ?? (spec.kind === "switch" ? "true" : this.#waiting.shift());
    if (spec.foreign !== undefined) {
      this.mistakes.push(`unsupported flag: ${written} ${spec.foreign}`);
    } else if (text === undefined) {
      this.mistakes.push(`flag needs an argument: ${written}`);
    } else {
      this.#put(spec, text);
    }
  }

  #put(spec: Spec, text: string): void {
    const { flag } = spec;
    switch (spec.kind) {
      case "text":
        this.settings.set(flag, text);
        return;
      case "list": {
        const before = this.settings.get(flag);
        this.settings.set(flag, [...(typeof before === "object" ? before : []), text]);
        return;
      }
      case "switch": {
        const value = SWITCH_VALUES.get(text);
        if (value === undefined) this.mistakes.push(invalidValue(spec, text, "true or false"));
        else this.settings.set(flag, value);
        return;
      }
      case "integer":
        if (/^[+-]?\d{1,9}$/.test(text)) this.settings.set(flag, Number(text));
        else this.mistakes.push(invalidValue(spec, text, "a whole number"));
        return;
      default:
        spec.kind satisfies never;
    }
  }
}

function invalidValue(spec: Spec, text: string, expected: string): string {
  const written = spec.short === undefined ? `--${spec.flag}` : `-${spec.short}, --${spec.flag}`;
  return `invalid argument ${JSON.stringify(text)} for "${written}" flag: expected ${expected}`;
}

/** A command line may hold anything; the terminal that shows the mistake must not obey it. */
function printable(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
