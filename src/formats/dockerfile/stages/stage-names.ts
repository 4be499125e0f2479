import { invalidArgument } from "#errors";
import { quoteLikeGo } from "../values/go-text.ts";
import type { Stage } from "../parse-dockerfile.ts";
import { contextName } from "./context-name.ts";
import type { Dependency } from "./dependencies.ts";

/** What FROM or `--from` stands for. */
export type StageSource =
  | { readonly kind: "stage"; readonly index: number }
  /** As written, variables replaced: whoever pulls it normalises it. */
  | { readonly kind: "image"; readonly name: string }
  /** What the request gives under that name, normalised. */
  | { readonly kind: "context"; readonly name: string }
  /** The empty tree. */
  | { readonly kind: "scratch" };

/** The stages of a file by name, in any case, and by number. Of two with one name, the later takes it over. */
export class StageNames {
  readonly #stages: readonly Stage[];
  readonly #contexts: ReadonlySet<string>;
  readonly #byName: ReadonlyMap<string, number>;
  /** The names above the FROM that was asked for last: a name changes hands on the way down. */
  readonly #seen = new Map<string, number>();
  #seenUpTo = 0;

  constructor(stages: readonly Stage[], contexts: ReadonlySet<string> = new Set()) {
    this.#stages = stages;
    this.#contexts = contexts;
    this.#byName = new Map(stages.flatMap(({ from }, index) => (from.stageName === undefined ? [] : [[from.stageName, index]])));
  }

  display(index: number): string {
    return this.#stages[index]?.from.stageName ?? (this.#stages.length === 1 ? "" : `stage-${index}`);
  }

  /** FROM sees the stages before it, by name only. To be asked in the order of the file. */
  base(image: string, index: number): StageSource {
    for (; this.#seenUpTo < index; this.#seenUpTo += 1) {
      const name = this.#stages[this.#seenUpTo]?.from.stageName;
      if (name !== undefined) this.#seen.set(name, this.#seenUpTo);
    }
    const found = this.#seen.get(image.toLowerCase());
    return found === undefined ? this.#outside(image) : { kind: "stage", index: found };
  }

  /** The context that stands in for a whole stage, by the stage's name. */
  replacement(index: number): StageSource | undefined {
    const name = this.#stages[index]?.from.stageName;
    return name !== undefined && this.#contexts.has(name) ? { kind: "context", name } : undefined;
  }

  target(name: string): number {
    if (name === "") return this.#stages.length - 1;
    const index = this.#byName.get(name.toLowerCase());
    if (index === undefined) throw invalidArgument(`target stage ${quoteLikeGo(name)} could not be found`);
    return index;
  }

  /** What `--from` names, wherever it stands: a stage that must not be looked at is refused by who looks. */
  find(from: string): StageSource {
    if (/^[+-]?[0-9]+$/.test(from)) {
      const index = Number(from);
      if (index >= 0 && index < this.#stages.length) return { kind: "stage", index };
      throw invalidArgument(`invalid stage index ${index}`);
    }
    const index = this.#byName.get(from.toLowerCase());
    if (index !== undefined) return { kind: "stage", index };
    if (!from.includes("$")) return this.#outside(from);
    throw invalidArgument(
      "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
    );
  }

  source(from: string, index: number): StageSource {
    const source = this.find(from);
    if (source.kind === "stage") this.refuseForward({ stage: source.index }, index);
    return source;
  }

  refuseForward({ stage, mountTarget }: Pick<Dependency, "stage" | "mountTarget">, index: number): void {
    if (stage < index) return;
    const name = quoteLikeGo(this.display(stage));
    if (mountTarget !== undefined) {
      throw invalidArgument(
        `cannot mount from stage ${name} to ${quoteLikeGo(mountTarget)}, stage needs to be defined before current command`,
      );
    }
    throw invalidArgument(
      `cannot copy from stage ${name}, it needs to be defined before current stage ${quoteLikeGo(this.display(index))}`,
    );
  }

  /** What is no stage: contexts of the request go before images. */
  #outside(name: string): StageSource {
    const context = contextName(name);
    if (context !== undefined && this.#contexts.has(context)) return { kind: "context", name: context };
    return name === "scratch" ? { kind: "scratch" } : { kind: "image", name };
  }
}
