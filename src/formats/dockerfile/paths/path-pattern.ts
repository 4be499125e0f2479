import { acceptsCharacter, codePoints, parseGlob } from "#oci";
import type { GlobCharacter, GlobToken } from "#oci";

/** `maybe`: what follows may be left out; `through`: any run, left only behind a slash; `rest`: any run, slashes too. */
type Step = GlobCharacter | "*" | "maybe" | "through" | "rest";

const SLASH = 0x2f;
const SPECIAL = /[*?[\]\\]/;

/**
 * One pattern of a `.dockerignore`, cleaned: Go's `path.Match` with `**` for any number of folders. All ways to match
 * are followed at once, so that no pattern can make the search go back over the path.
 */
export class PathPattern {
  readonly #prefix: string;
  readonly #suffix: string;
  readonly #isLiteral: boolean;
  readonly #steps: readonly Step[];
  readonly #automaton: Automaton;

  /** @throws invalid-argument `syntax error in pattern`. */
  constructor(pattern: string) {
    const tokens = parseGlob(pattern);
    this.#isLiteral = !SPECIAL.test(pattern);
    this.#prefix = literal(tokens, 0);
    this.#steps = toSteps(tokens, isSuffixPattern(pattern));
    this.#suffix = literal(this.#steps, this.#steps.findLastIndex((step) => typeof step !== "number") + 1);
    this.#automaton = new Automaton(this.#steps);
  }

  matches(path: string): boolean {
    if (!path.startsWith(this.#prefix) || !path.endsWith(this.#suffix)) return false;
    if (this.#isLiteral) return path.length === this.#prefix.length;
    return this.#automaton.run(codePoints(path)).has(this.#steps.length);
  }

  /** Whether some path in `folder`, at any depth, could match. */
  mayMatchBelow(folder: string): boolean {
    return this.#automaton.run(codePoints(`${folder}/`)).size > 0;
  }
}

/** `**x` is everything that ends in `x`, but `**x*` only what begins with `x` in some folder: Docker knows two ways. */
function isSuffixPattern(pattern: string): boolean {
  return pattern.startsWith("**") && !SPECIAL.test(pattern.slice(2));
}

function literal(tokens: readonly (GlobToken | Step)[], start: number): string {
  let text = "";
  for (const token of tokens.slice(start)) {
    if (typeof token !== "number") break;
    text += String.fromCodePoint(token);
  }
  return text;
}

/** Two stars in a row, with the slash behind them if there is one, are folders; at the very end they are everything. */
function toSteps(tokens: readonly GlobToken[], isSuffix: boolean): readonly Step[] {
  const steps: Step[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) break;
    if (token !== "*" || tokens[index + 1] !== "*") {
      steps.push(token);
      continue;
    }
    index += 1;
    const isFolder = tokens[index + 1] === SLASH;
    if (isFolder) index += 1;
    if (index === tokens.length - 1 || (isSuffix && !isFolder)) steps.push("rest");
    else steps.push("maybe", "through");
  }
  return steps;
}

/** Where in the steps a match may stand. A state is the index of the step that comes next. */
class Automaton {
  readonly #steps: readonly Step[];

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  run(characters: readonly number[]): ReadonlySet<number> {
    let states = new Set<number>();
    this.#enter(states, 0);
    for (const character of characters) {
      if (states.size === 0) break;
      const next = new Set<number>();
      for (const state of states) this.#advance(next, state, character);
      states = next;
    }
    return states;
  }

  #advance(next: Set<number>, state: number, character: number): void {
    const step = this.#steps[state];
    if (step === undefined || step === "maybe") return;
    if (step === "*") {
      if (character !== SLASH) this.#enter(next, state);
    } else if (step === "rest") {
      this.#enter(next, state);
    } else if (step === "through") {
      next.add(state);
      if (character === SLASH) this.#enter(next, state + 1);
    } else if (acceptsCharacter(step, character)) {
      this.#enter(next, state + 1);
    }
  }

  /** Whoever stands before what may match nothing may also stand behind it. */
  #enter(states: Set<number>, start: number): void {
    for (let state = start; !states.has(state);) {
      states.add(state);
      const step = this.#steps[state];
      if (step === "maybe") states.add(state + 1);
      if (step !== "*" && step !== "rest" && step !== "maybe") return;
      state += step === "maybe" ? 2 : 1;
    }
  }
}
