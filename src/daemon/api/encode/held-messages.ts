import type { ProgressJson } from "#wire";

/** Characters of text: a command that writes without end must not fill the memory. */
const MAX_HELD = 4 * 1024 * 1024;

/** Messages that may have to be shown later: the last ones, however many come. */
export class HeldMessages {
  readonly #limit: number;
  #messages: ProgressJson[] = [];
  #size = 0;
  #isCut = false;

  constructor(limit = MAX_HELD) {
    this.#limit = limit;
  }

  add(message: ProgressJson): void {
    this.#messages.push(message);
    this.#size += sizeOf(message);
    // Half at a time, so that a message is moved once and not with each that follows.
    if (this.#size > this.#limit) this.#dropFirst(this.#limit / 2);
  }

  *all(): Generator<ProgressJson> {
    if (this.#isCut) yield { stream: "[Warning] the output was too long to be kept, this is its end:\n" };
    yield* this.#messages;
  }

  #dropFirst(kept: number): void {
    let first = 0;
    for (; this.#size > kept && first < this.#messages.length - 1; first += 1) this.#size -= sizeOf(this.#messages[first]);
    this.#messages = this.#messages.slice(first);
    this.#isCut = true;
  }
}

/** A message without text counts too. */
function sizeOf(message: ProgressJson | undefined): number {
  return 64 + (message?.stream?.length ?? 0);
}
