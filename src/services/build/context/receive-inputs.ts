import { untilAborted } from "#async";
import { invalidArgument, throwIfAborted } from "#errors";
import type { BuildDeps } from "../build-deps.ts";
import type { FileTree } from "../trees/file-tree.ts";
import type { BuildPart, BuildRequest } from "../types.ts";
import { NamedContexts } from "./named-contexts.ts";
import { openRemote } from "./open-context.ts";
import { EMPTY_TREE, receiveTree } from "./receive-context.ts";

/** All that a build is given to work with, received. Disposing of it removes the files. */
export interface ReceivedInputs extends AsyncDisposable {
  readonly tree: FileTree;
  readonly contexts: NamedContexts;
  readonly secrets: ReadonlyMap<string, Uint8Array>;
  /** Sockets by ID. */
  readonly sshAgents: ReadonlyMap<string, string>;
}

/** Takes in what the request sends along, or says where to get. */
export async function receiveInputs(deps: BuildDeps, request: BuildRequest, signal: AbortSignal): Promise<ReceivedInputs> {
  await using opened = new AsyncDisposableStack();
  const contexts = new NamedContexts(async (remote) => received.use(await openRemote(deps, request, remote, signal)));
  for (const [name, origin] of request.contexts ?? []) contexts.add(name, origin);
  const secrets = new Map(request.secrets);
  const sshAgents = new Map(request.sshAgents);
  const { remote = "", context } = request;
  let tree: FileTree | undefined;
  const take = async (part: BuildPart): Promise<void> => {
    if (part.type === "secret") {
      if (secrets.has(part.id)) throw invalidArgument(`cannot use secret ${JSON.stringify(part.id)}: it is given twice`);
      secrets.set(part.id, part.value);
      return;
    }
    if (part.type === "ssh") {
      if (sshAgents.has(part.id)) throw invalidArgument(`cannot use SSH key ${JSON.stringify(part.id)}: it is given twice`);
      sshAgents.set(part.id, opened.use(await deps.sshAgents.start(part.key)).socket);
      return;
    }
    const files = opened.use(await receiveTree(deps, part.tar, signal));
    if (part.name !== undefined) return contexts.add(part.name, files);
    if (tree !== undefined) throw invalidArgument("cannot build: the context is given twice");
    ({ tree } = files);
  };
  if (request.parts !== undefined) for await (const part of untilAborted(request.parts, signal)) await take(part);
  throwIfAborted(signal);
  if (remote !== "") ({ tree } = opened.use(await openRemote(deps, request, remote, signal)));
  else if (context !== undefined) await take({ type: "context", tar: context });
  const received = opened.move();
  return { tree: tree ?? EMPTY_TREE, contexts, secrets, sshAgents, [Symbol.asyncDispose]: () => received.disposeAsync() };
}
