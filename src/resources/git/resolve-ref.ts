import { internal } from "#errors";
import type { GitSource } from "#sources";
import { accessTo, requireReachable } from "./access.ts";
import type { AccessOptions } from "./access.ts";
import type { Workspace } from "./workspace.ts";

export interface ResolvedRef {
  readonly commit: string;
  /** Full name on the remote; `undefined` for a commit named by its id, which is not looked for. */
  readonly name: string | undefined;
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** @throws internal, in git's words, when the repository has no such ref. */
export async function resolveRef(workspace: Workspace, source: GitSource, options: AccessOptions): Promise<ResolvedRef> {
  await requireReachable(source, workspace.allows);
  const { ref = "HEAD", remote } = source;
  if (COMMIT.test(ref)) return { commit: ref, name: undefined };
  const names = candidates(ref);
  const place = { repository: workspace.newRepository(), access: accessTo(source, options) };
  const output = await workspace.run(place, ["ls-remote", "--quiet", "--", remote, ...names]);
  const commits = new Map(output.split("\n").map((line) => [line.slice(line.indexOf("\t") + 1), line.slice(0, line.indexOf("\t"))]));
  for (const name of names) {
    const commit = commits.get(name);
    if (commit !== undefined && COMMIT.test(commit)) return { commit, name: name.replace(/\^\{\}$/, "") };
  }
  throw internal(`error fetching: fatal: couldn't find remote ref ${ref}`);
}

/** First choice first: branches before tags, as for `git checkout`, and of an annotated tag what it is about. */
function candidates(ref: string): readonly string[] {
  if (ref === "HEAD") return ["HEAD"];
  if (ref.startsWith("refs/")) return [`${ref}^{}`, ref];
  return [`refs/heads/${ref}`, `refs/tags/${ref}^{}`, `refs/tags/${ref}`, `refs/${ref}`];
}
