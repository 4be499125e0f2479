import { MAX_DOCKERFILE_SIZE } from "#dockerfile";
import { internal, invalidArgument } from "#errors";
import type { FileTree } from "../trees/file-tree.ts";

export interface FoundDockerfile {
  /** Where it is in the context. */
  readonly path: string;
  readonly text: string;
}

const DEFAULT_NAME = "Dockerfile";

/**
 * Reads the Dockerfile out of a context. Without a name `Dockerfile`, else `dockerfile`; links lead nowhere outside.
 *
 * @throws internal in Docker's words when there is none.
 */
export async function findDockerfile(context: FileTree, wanted: string): Promise<FoundDockerfile> {
  const name = wanted === "" ? DEFAULT_NAME : wanted;
  if (leavesRoot(name)) throw internal(`forbidden path outside the build context: ${name} ()`);
  const path = name === DEFAULT_NAME && context.stat(name) === undefined ? DEFAULT_NAME.toLowerCase() : name;
  const text = await readText(context, path, MAX_DOCKERFILE_SIZE);
  if (text === undefined) throw internal(`Cannot locate specified Dockerfile: ${name}`);
  if (text === "") throw invalidArgument(`the Dockerfile (${name}) cannot be empty`);
  return { path, text };
}

/** The ignore file that is the Dockerfile's own, else that of the whole context. */
export async function readIgnore(context: FileTree, dockerfile: string): Promise<string> {
  const limit = MAX_DOCKERFILE_SIZE;
  return (await readText(context, `${dockerfile}.dockerignore`, limit)) ?? (await readText(context, ".dockerignore", limit)) ?? "";
}

/** A small text file; undefined when there is none of that name. */
export async function readText(tree: FileTree, path: string, limit: number): Promise<string | undefined> {
  const file = tree.stat(path);
  if (file?.type !== "file") return undefined;
  if (file.size > limit) throw invalidArgument(`cannot read ${path}: it has ${file.size} bytes, expected at most ${limit}`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of tree.read(file)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function leavesRoot(path: string): boolean {
  let depth = 0;
  for (const part of path.split("/")) {
    if (part === "..") depth -= 1;
    else if (part !== "" && part !== ".") depth += 1;
    if (depth < 0) return true;
  }
  return false;
}
