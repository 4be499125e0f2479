import { contextName, createIgnore } from "#dockerfile";
import { invalidArgument } from "#errors";
import { sourceKind } from "#sources";
import type { FileTree } from "../trees/file-tree.ts";
import { ContextTree } from "./context-tree.ts";
import { readIgnore } from "./find-dockerfile.ts";
import type { ReceivedTree } from "./receive-context.ts";

const IMAGE = "docker-image://";

export type NamedContext =
  | { readonly kind: "files"; readonly tree: FileTree }
  | { readonly kind: "image"; readonly name: string }
  | { readonly kind: "scratch" };

/** Gets the files of a repository or URL; whoever calls closes them in the end. */
export type OpenRemote = (remote: string) => Promise<ReceivedTree>;

/** The contexts of a build beside its own, each brought here when a stage first asks for it. */
export class NamedContexts {
  readonly #open: OpenRemote;
  readonly #origins = new Map<string, ReceivedTree | string>();
  readonly #opened = new Map<string, Promise<NamedContext>>();

  constructor(open: OpenRemote) {
    this.#open = open;
  }

  /** As `contextName()` gives them. */
  get names(): ReadonlySet<string> {
    return new Set(this.#origins.keys());
  }

  /** @throws invalid-argument for a name that is none or is taken, and for what says of no place where files come from. */
  add(name: string, origin: ReceivedTree | string): void {
    const key = contextName(name);
    const quoted = JSON.stringify(name);
    if (key === undefined) throw invalidArgument(`invalid context name ${quoted}: invalid reference format`);
    if (this.#origins.has(key)) throw invalidArgument(`cannot use context ${quoted}: it is given twice`);
    if (typeof origin === "string" && !origin.startsWith(IMAGE) && sourceKind(origin) === undefined) {
      throw invalidArgument(`invalid context ${quoted}: expected ${IMAGE}<name>, a git repository or a URL, got ${JSON.stringify(origin)}`);
    }
    this.#origins.set(key, origin);
  }

  open(name: string): Promise<NamedContext> {
    let opened = this.#opened.get(name);
    if (opened === undefined) this.#opened.set(name, (opened = this.#resolve(this.#origins.get(name) ?? missing(name))));
    return opened;
  }

  async #resolve(origin: ReceivedTree | string): Promise<NamedContext> {
    if (typeof origin === "string" && origin.startsWith(IMAGE)) {
      const name = origin.slice(IMAGE.length);
      return name === "scratch" ? { kind: "scratch" } : { kind: "image", name };
    }
    const { tree } = typeof origin === "string" ? await this.#open(origin) : origin;
    const ignoreText = await readIgnore(tree, "");
    return { kind: "files", tree: new ContextTree(tree, createIgnore(ignoreText), ignoreText) };
  }
}

function missing(name: string): never {
  throw invalidArgument(`there is no context ${JSON.stringify(name)}`);
}
