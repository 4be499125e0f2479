import { isSpace } from "../values/whitespace.ts";

/** Splits into words while a text is put together: only what came from outside of quotes may split. */
export class WordCollector {
  readonly #words: string[] = [];
  #word = "";

  /** Quoted or escaped text: white space belongs to the word. */
  addQuoted(text: string): void {
    this.#word += text;
  }

  addUnquoted(text: string): void {
    let start = 0;
    for (let index = 0; index < text.length; index += 1) {
      if (!isSpace(text.charAt(index))) continue;
      this.#word += text.slice(start, index);
      this.#endWord();
      start = index + 1;
    }
    this.#word += text.slice(start);
  }

  /** Words in order; an empty one, even if it was quoted, is none. */
  finish(): string[] {
    this.#endWord();
    return this.#words;
  }

  #endWord(): void {
    if (this.#word !== "") this.#words.push(this.#word);
    this.#word = "";
  }
}
