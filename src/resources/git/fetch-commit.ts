import { internal, isEngineError } from "#errors";
import type { GitSource } from "#sources";
import { accessTo } from "./access.ts";
import type { AccessOptions } from "./access.ts";
import { GitFailure } from "./git-process.ts";
import { resolveRef } from "./resolve-ref.ts";
import type { GitPlace, Workspace } from "./workspace.ts";

/** A commit in a repository of ours. */
export interface FetchedCommit {
  readonly repository: string;
  readonly commit: string;
  /** Unix seconds. */
  readonly time: number;
}

/** Fetches one commit without its history, where the server can do that. */
export async function fetchCommit(workspace: Workspace, source: GitSource, options: AccessOptions): Promise<FetchedCommit> {
  const { commit: wanted, name } = await resolveRef(workspace, source, options);
  const repository = workspace.newRepository();
  const place = { repository, access: accessTo(source, options) };
  const format = wanted.length === 64 ? "sha256" : "sha1";
  await workspace.run(place, ["init", "--quiet", "--bare", "--template=", `--object-format=${format}`]);
  const local = localName(name);
  await receive(workspace, place, source.remote, `+${name ?? wanted}:${local}`);
  const { commit, time } = await readCommit(workspace, place, name === undefined ? wanted : local, source);
  const { checksum } = source;
  if (checksum !== undefined && !commit.startsWith(checksum)) throw internal(`expected checksum to match ${checksum}, got ${commit}`);
  return { repository, commit, time };
}

/** Where `git describe` and its like look for it, when the repository itself is wanted. */
function localName(name: string | undefined): string {
  if (name?.startsWith("refs/tags/") === true) return name;
  return name?.startsWith("refs/heads/") === true ? name.replace("refs/heads/", "refs/remotes/origin/") : "refs/fetched";
}

/** The end of the year 9999. */
const MAX_TIME = 253_402_300_799;
const NO_SHALLOW = /dumb http transport does not support shallow|does not support shallow/;
const NOT_BY_ID = /not our ref|unadvertised object|remote ref|no such remote ref/i;

/** A server may be too simple for a single commit, and may refuse what no name leads to directly: then all names are fetched. */
async function receive(workspace: Workspace, place: GitPlace, remote: string, refspec: string): Promise<void> {
  const fetch = (...args: readonly string[]): Promise<void> =>
    workspace.receive(place, ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", ...args]);
  try {
    await fetch("--depth=1", "--", remote, refspec);
  } catch (error) {
    if (!isEngineError(error, "internal")) throw error;
    if (refspec.startsWith("+refs/") || refspec.startsWith("+HEAD:")) {
      if (!NO_SHALLOW.test(error.message)) throw error;
      await fetch("--", remote, refspec);
    } else {
      if (!NO_SHALLOW.test(error.message) && !NOT_BY_ID.test(error.message)) throw error;
      await fetch("--", remote, "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*");
    }
  }
}

async function readCommit(
  workspace: Workspace,
  place: GitPlace,
  name: string,
  { ref }: GitSource,
): Promise<Pick<FetchedCommit, "commit" | "time">> {
  try {
    const line = await workspace.run(place, ["rev-list", "--max-count=1", "--timestamp", "--end-of-options", name]);
    const [, time, commit] = /^(\d+) ([0-9a-f]+)\n$/.exec(line) ?? [];
    if (commit !== undefined) return { commit, time: Math.min(Number(time), MAX_TIME) };
  } catch (error) {
    if (!isEngineError(error) || !(error.cause instanceof GitFailure)) throw error;
  }
  throw internal(`error fetching: fatal: couldn't find remote ref ${ref ?? "HEAD"}`);
}
