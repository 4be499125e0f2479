import { readdir, stat } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { join, relative } from "node:path";
import { decodeName } from "#archive";
import type { TarInput, TarTime } from "#archive";
import type { FetchedCommit } from "./fetch-commit.ts";
import type { TreeFile } from "./tree-line.ts";
import { ObjectReader } from "./object-reader.ts";
import type { PlacedTree } from "./submodules.ts";
import type { Workspace } from "./workspace.ts";

/** Entries of what lies below `root`, with paths from there: owner 0:0, times of the commit. */
export async function* treeEntries(
  workspace: Workspace,
  { fetched, path: place, files }: PlacedTree,
  { root, time }: { readonly root: string; readonly time: number },
): AsyncGenerator<TarInput> {
  const mtime = { seconds: time, nanoseconds: 0 };
  const pathOf = (file: TreeFile): string | undefined => below(root, place === "" ? file.path : `${place}/${file.path}`);
  const wanted = [...files.values()].filter((file) => pathOf(file) !== undefined);
  await using git = workspace.start({ repository: fetched.repository }, ["cat-file", "--batch"]);
  const contents = new ObjectReader(
    git,
    wanted.filter(({ type }) => type !== "directory" && type !== "submodule"),
  );
  for (const file of wanted) {
    const path = pathOf(file) ?? "";
    if (file.type === "directory" || file.type === "submodule") yield { header: { path, type: "directory", mode: 0o755, mtime } };
    else yield await fileEntry(file, contents.read(file), { path, mtime });
  }
}

async function fileEntry(
  file: TreeFile,
  body: AsyncIterable<Uint8Array>,
  { path, mtime }: { readonly path: string; readonly mtime: TarTime },
): Promise<TarInput> {
  if (file.type !== "symlink")
    return { header: { path, type: "file", mode: file.type === "executable" ? 0o755 : 0o644, size: file.size, mtime }, body };
  return { header: { path, type: "symlink", mode: 0o777, linkPath: decodeName(Buffer.concat(await Array.fromAsync(body))), mtime } };
}

/** The path from `root`, or `undefined` when it is not below. */
function below(root: string, path: string): string | undefined {
  if (root === "") return path;
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined;
}

/** What of a repository of ours goes into a `.git`; its configuration is written anew. */
const KEPT = /^(?:objects|refs)(?:\/|$)|^(?:packed-refs|shallow|index)$/;

/** A `.git` for the commit: usable by `git` as a clone of `remote` without history. */
export async function* gitDirEntries(fetched: FetchedCommit, remote: string): AsyncGenerator<TarInput> {
  const { repository, commit } = fetched;
  const mtime = { seconds: fetched.time, nanoseconds: 0 };
  const text = (path: string, content: string): TarInput => {
    const body = Buffer.from(content);
    return { header: { path: `.git/${path}`, type: "file", mode: 0o644, size: body.byteLength, mtime }, body };
  };
  yield { header: { path: ".git", type: "directory", mode: 0o755, mtime } };
  yield text("HEAD", `${commit}\n`);
  yield text("config", configText(remote, commit.length === 64));
  const entries = await readdir(repository, { recursive: true, withFileTypes: true });
  const found = entries.map((entry) => ({ entry, path: relative(repository, join(entry.parentPath, entry.name)) }));
  for (const { entry, path } of found.filter((one) => KEPT.test(one.path)).sort((a, b) => (a.path < b.path ? -1 : 1))) {
    if (entry.isDirectory()) yield { header: { path: `.git/${path}`, type: "directory", mode: 0o755, mtime } };
    else {
      const file = join(repository, path);
      const { size } = await stat(file);
      yield { header: { path: `.git/${path}`, type: "file", mode: 0o644, size, mtime }, body: createReadStream(file) };
    }
  }
}

function configText(remote: string, isSha256: boolean): string {
  const format = isSha256 ? "\trepositoryformatversion = 1\n" : "\trepositoryformatversion = 0\n";
  const extensions = isSha256 ? "[extensions]\n\tobjectformat = sha256\n" : "";
  const origin = `[remote "origin"]\n\turl = "${remote.replace(/["\\]/g, "\\$&")}"\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`;
  return `[core]\n${format}\tfilemode = true\n\tbare = false\n${extensions}${origin}`;
}
