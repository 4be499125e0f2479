/**
 * Git repositories as trees of files, for contexts and `ADD`.
 *
 * Promises: what a repository holds is never checked out, and nothing of it is run: no hooks, filters, configuration, nor
 * transport but https, http, git and ssh. Bounded in size, time and number of files; credentials go to one exact host, and
 * into no argument and no message. Needs the program `git`; knows nothing of builds.
 */
export type { CheckoutOptions, GitCheckout } from "./checkout.ts";
export { Git } from "./git.ts";
export type { GitOptions } from "./git.ts";
