import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isForbiddenAddress } from "#network";
import type { ProxyConfig } from "#network";
import type { GitSource } from "#sources";
import { checkout } from "./checkout.ts";
import type { CheckoutOptions, GitCheckout } from "./checkout.ts";
import { resolveRef } from "./resolve-ref.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import type { GitLimits } from "./limits.ts";
import { Workspace } from "./workspace.ts";
import type { WorkspaceRules } from "./workspace.ts";

export interface GitOptions {
  readonly proxy?: ProxyConfig | undefined;
  readonly limits?: Partial<GitLimits>;
  /** Which addresses may be reached; by default all but link-local ones and those of metadata services. */
  readonly allows?: (address: string) => boolean;
  /** Path or name of the program. */
  readonly program?: string;
}

/** The way to repositories, with a directory below the data root for what is under way. */
export class Git {
  readonly #rules: Omit<WorkspaceRules, "signal">;

  private constructor(rules: Omit<WorkspaceRules, "signal">) {
    this.#rules = rules;
  }

  /** What an earlier process left behind is removed. */
  static async open(dataRoot: string, options: GitOptions = {}): Promise<Git> {
    const { proxy = {}, limits, allows = (address) => !isForbiddenAddress(address), program = "git" } = options;
    const directory = join(dataRoot, "git");
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { mode: 0o700 });
    return new Git({ directory, proxy, limits: { ...DEFAULT_LIMITS, ...limits }, allows, program });
  }

  /**
   * The commit that a source stands for now; downloads nothing.
   *
   * @throws internal, in Docker's words, when the repository has no such ref; unavailable without the program `git`.
   */
  async resolve(source: GitSource, options: CheckoutOptions = {}): Promise<string> {
    await using workspace = await Workspace.open({ ...this.#rules, signal: options.signal });
    return (await resolveRef(workspace, source, options)).commit;
  }

  /** Fetches one commit with its submodules. Dispose of what comes back. */
  checkout(source: GitSource, options: CheckoutOptions = {}): Promise<GitCheckout> {
    return checkout({ ...this.#rules, signal: options.signal }, source, options);
  }
}
