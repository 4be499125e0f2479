/**
 * Where a build takes things from, as people write it: git repositories and URLs, in requests, `ADD` and on command lines.
 *
 * Promises: pure; what is parsed cannot be taken for an option by a program that gets it. Looks nothing up.
 */
export { fileNameOf } from "./file-name.ts";
export { parseGitSource } from "./git-source.ts";
export type { GitCredentials, GitSource } from "./git-source.ts";
export { redactUrl } from "./redact-url.ts";
export { sourceKind } from "./source-kind.ts";
export type { SourceKind } from "./source-kind.ts";
