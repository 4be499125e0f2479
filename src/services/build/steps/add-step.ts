import { createExcludes } from "#dockerfile";
import type { AddInstruction } from "#dockerfile";
import { invalidArgument } from "#errors";
import { parseGitSource, sourceKind } from "#sources";
import { copyContents, copyPath, missingAs } from "../copy/copy-tree.ts";
import type { Placing } from "../copy/copy-tree.ts";
import type { CachedLayer } from "../cache/step-cache.ts";
import { gitAccess } from "../context/git-access.ts";
import { receiveTree } from "../context/receive-context.ts";
import type { ReceivedTree } from "../context/receive-context.ts";
import type { StageRun } from "../stage-run.ts";
import type { FileEntry, FileTree } from "../trees/file-tree.ts";
import { isArchive } from "./archive-source.ts";
import { copyInline, optionsKey, place, putFile, standsOn } from "./copy-step.ts";
import { matchSource } from "./copy-sources.ts";
import { download } from "./downloaded-file.ts";
import type { DownloadedFile } from "./downloaded-file.ts";
import { draftLayer } from "./layer-step.ts";

/** ADD with its words expanded. What is remote is fetched first: only then is it known whether anything is new. */
export async function runAdd(run: StageRun, instruction: AddInstruction): Promise<CachedLayer> {
  const { sources, text } = instruction;
  checkChecksum(instruction);
  await using opened = new AsyncDisposableStack();
  const downloads = new Map<string, DownloadedFile>();
  const repositories = new Map<string, ReceivedTree>();
  for (const words of sources.paths) {
    if (sourceKind(words) === "git") repositories.set(words, opened.use(await fetchRepository(run, words, instruction)));
    if (sourceKind(words) === "url") downloads.set(words, opened.use(await download(run, words, instruction)));
  }
  const fetched = [
    ...[...downloads.values()].map(({ digest, name, mtime }) => [digest, name, mtime]),
    ...[...repositories.values()].map(({ tree }) => tree.identity),
  ];
  return await draftLayer(run, {
    below: standsOn(run, instruction),
    inputs: ["ADD", run.context.identity, sources, fetched, optionsKey(instruction), instruction.unpacks, run.state.config.WorkingDir],
    description: text,
    plan: async () => {
      const placing = await place(run, await run.tree(), instruction);
      const adding: Adding = { run, placing, unpacks: instruction.unpacks, opened };
      for (const words of sources.paths) {
        const file = downloads.get(words);
        const repository = repositories.get(words);
        if (repository !== undefined) await copyPath(repository.tree, "", "", { ...placing, isDirectory: true });
        else if (file === undefined) await addLocal(adding, run.context, words);
        else await addDownload(adding, file);
      }
      for (const file of sources.files) copyInline(file, placing);
      return placing.draft;
    },
  });
}

async function fetchRepository({ deps, build }: StageRun, words: string, instruction: AddInstruction): Promise<ReceivedTree> {
  const { checksum, keepsGitDir } = instruction;
  const source = { ...parseGitSource(words), ...(checksum !== undefined && { checksum }), ...(keepsGitDir && { keepsGitDir }) };
  await using checkout = await deps.git.checkout(source, { ...gitAccess(build.request, source), signal: build.signal });
  return await receiveTree(deps, checkout.tar(), build.signal);
}

interface Adding {
  readonly run: StageRun;
  readonly placing: Placing;
  /** Absent: local archives are, downloads are not. */
  readonly unpacks: boolean | undefined;
  /** Keeps what was unpacked until the layer is written. */
  readonly opened: AsyncDisposableStack;
}

async function addLocal(adding: Adding, tree: FileTree, words: string): Promise<void> {
  for (const { path, name } of matchSource(tree, words)) {
    const entry = tree.stat(path);
    const read = entry?.type === "file" && adding.unpacks !== false ? readerOf(tree, entry) : undefined;
    if (read !== undefined && (await isArchive(read()))) await unpack(adding, read());
    else await copyPath(tree, path, name, adding.placing);
  }
}

async function addDownload(adding: Adding, file: DownloadedFile): Promise<void> {
  if (adding.unpacks === true && (await isArchive(file.body()))) return unpack(adding, file.body());
  putFile({ ...file, mode: 0o600 }, adding.placing);
}

/** All of an archive, with its own owners and modes; what is in the way inside the destination gives way. */
async function unpack({ run, placing, opened }: Adding, archive: AsyncIterable<Uint8Array>): Promise<void> {
  const { tree } = opened.use(await receiveTree(run.deps, archive, run.build.signal));
  const unpacking = { ...placing, changeMode: undefined, newDirectoryMode: 0o755 };
  placing.draft.makeDirectory(placing.destination, missingAs(unpacking));
  await copyContents(tree, "", placing.destination, { ...unpacking, exclude: createExcludes([]), replaces: true });
}

function readerOf(tree: FileTree, file: FileEntry): () => AsyncIterable<Uint8Array> {
  return () => tree.read(file);
}

function checkChecksum({ checksum, sources }: AddInstruction): void {
  if (checksum === undefined) return;
  const count = sources.paths.length + sources.files.length;
  if (count > 1) throw invalidArgument("checksum can't be specified for multiple sources");
  if (sources.paths.every((path) => sourceKind(path) === undefined)) throw invalidArgument("checksum requires HTTP(S) or Git sources");
}
