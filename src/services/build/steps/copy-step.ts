import { createExcludes } from "#dockerfile";
import type { AddInstruction, CopyInstruction, InlineFile } from "#dockerfile";
import { invalidArgument } from "#errors";
import { leafTarget, missingAs } from "../copy/copy-tree.ts";
import type { Placing } from "../copy/copy-tree.ts";
import { newDirectoryMode, parseChmod } from "../copy/file-mode.ts";
import { LayerDraft } from "../copy/layer-draft.ts";
import { findOwner } from "../copy/owner.ts";
import type { FilesFrom } from "../stage-files.ts";
import type { StageRun } from "../stage-run.ts";
import type { FileTree } from "../trees/file-tree.ts";
import { identityOf } from "../trees/layer-files.ts";
import { workingDirectory } from "./config-values.ts";
import type { CachedLayer } from "../cache/step-cache.ts";
import { copyParents, copySource } from "./copy-sources.ts";
import { draftLayer } from "./layer-step.ts";

/** COPY with its words expanded. */
export async function runCopy(run: StageRun, instruction: CopyInstruction): Promise<CachedLayer> {
  const { sources, hasParents, from, text } = instruction;
  const files: FilesFrom = from === undefined ? { kind: "tree", tree: run.context } : await run.filesFrom(from);
  return draftLayer(run, {
    below: standsOn(run, instruction),
    inputs: [
      "COPY",
      files.kind === "tree" ? files.tree.identity : identityOf(files.layers),
      sources,
      optionsKey(instruction),
      hasParents,
      run.state.config.WorkingDir,
    ],
    description: text,
    plan: async () => {
      const tree = files.kind === "tree" ? files.tree : await run.build.files.tree(files.layers);
      const placing = await place(run, await run.tree(), instruction);
      warnOfManyIntoFile(run, instruction, placing);
      for (const words of sources.paths) {
        if (hasParents) await copyParents(tree, words, placing);
        else await copySource(tree, words, placing);
      }
      for (const file of sources.files) copyInline(file, placing);
      return placing.draft;
    },
  });
}

/** Where an instruction's sources go, and as what. */
export async function place(run: StageRun, below: FileTree, instruction: CopyInstruction | AddInstruction): Promise<Placing> {
  const { destination } = instruction.sources;
  const { chown, chmod, exclude } = instruction.options;
  const base = standsAlone(instruction) ? undefined : below;
  const path = workingDirectory(run.state.config, destination === "" ? "." : destination).slice(1);
  return {
    draft: new LayerDraft(base),
    destination: base === undefined ? path : base.resolve(path),
    isDirectory: /(?:^|\/)\.?$/.test(destination),
    owner: chown === undefined ? undefined : await ownerOf(run, below, chown),
    changeMode: chmod === undefined ? undefined : parseChmod(chmod),
    newDirectoryMode: newDirectoryMode(chmod),
    exclude: createExcludes(exclude),
    now: run.now,
    replaces: base === undefined,
    missing: (name) => missingSource(instruction, name),
  };
}

/** In Docker's words. */
function missingSource(instruction: CopyInstruction | AddInstruction, name: string): Error {
  const isFromContext = instruction.keyword === "ADD" || instruction.from === undefined;
  const where = isFromContext ? "file not found in build context or excluded by .dockerignore: " : "";
  return invalidArgument(`${instruction.keyword} failed: ${where}stat ${name.replace(/^\/+/, "")}: file does not exist`);
}

/** What a layer depends on below it. With `--link` that is nothing, unless names have to be looked up there. */
export function standsOn({ below }: StageRun, instruction: CopyInstruction | AddInstruction): string {
  return standsAlone(instruction) && /^[0-9:]*$/.test(instruction.options.chown ?? "") ? "" : below;
}

/** `--link`, as BuildKit takes it: with `--chmod` it counts for nothing, and so no directory on the way gets a file's mode. */
function standsAlone({ options }: CopyInstruction | AddInstruction): boolean {
  return options.isLink && options.chmod === undefined;
}

/** Everything of the flags that makes a difference to what is copied. */
export function optionsKey({ options }: CopyInstruction | AddInstruction): readonly unknown[] {
  return [options.chown, options.chmod, options.isLink, options.exclude];
}

/** A file of a heredoc. */
export function copyInline({ name, content }: InlineFile, placing: Placing): void {
  const bytes = Buffer.from(content);
  putFile(
    {
      name,
      size: bytes.byteLength,
      mode: 0o644,
      mtime: placing.now,
      body: async function* () {
        yield bytes;
      },
    },
    placing,
  );
}

export interface LooseFile {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  readonly mtime: Placing["now"];
  readonly body: () => AsyncIterable<Uint8Array>;
}

/** Puts a file that comes from no tree. */
export function putFile({ name, size, mode, mtime, body }: LooseFile, placing: Placing): void {
  const { owner, changeMode, draft } = placing;
  const attributes = { mode: changeMode?.(mode, false) ?? mode, uid: owner?.uid ?? 0, gid: owner?.gid ?? 0, mtime };
  draft.put({ path: leafTarget(name, placing), type: "file", size, ...attributes }, { body, missing: missingAs(placing) });
}

/** Several sources replace each other in one file: BuildKit lets that pass, and it is hardly ever meant. */
function warnOfManyIntoFile({ progress }: StageRun, { sources }: CopyInstruction, { isDirectory, draft, destination }: Placing): void {
  if (sources.paths.length + sources.files.length < 2 || isDirectory || draft.typeAt(destination) === "directory") return;
  const text = `COPY with more than one source: /${destination} is no directory and does not end with a /, only the last source stays`;
  progress.put({ type: "warning", text });
}

async function ownerOf(run: StageRun, tree: FileTree, chown: string) {
  const { owner, unknown } = await findOwner(tree, chown);
  for (const name of unknown) {
    run.progress.put({ type: "warning", text: `--chown=${chown}: the image knows no "${name}", root is taken instead` });
  }
  return owner;
}
