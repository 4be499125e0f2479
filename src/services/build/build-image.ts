import { createIgnore, renderExcerpt } from "#dockerfile";
import type { SourceRange } from "#dockerfile";
import { EngineError, internal, invalidArgument, isEngineError } from "#errors";
import type { Cancellable } from "#images";
import { canonical, formatPlatform, parsePlatform, parseReference, parseTagTarget } from "#oci";
import type { Platform, Reference } from "#oci";
import type { BuildDeps } from "./build-deps.ts";
import { ContextTree } from "./context/context-tree.ts";
import { findDockerfile, readIgnore } from "./context/find-dockerfile.ts";
import type { FoundDockerfile } from "./context/find-dockerfile.ts";
import { readDockerfile } from "./context/read-dockerfile.ts";
import { receiveInputs } from "./context/receive-inputs.ts";
import { runBuild } from "./run-build.ts";
import type { BuildEvent, BuildRequest } from "./types.ts";

/** Builds what a Dockerfile says. Whatever is wrong with request, context or Dockerfile is said before anything is yielded. */
export async function* buildImage(deps: BuildDeps, request: BuildRequest, options: Cancellable = {}): AsyncGenerator<BuildEvent> {
  const tags = distinct((request.tags ?? []).map(parseTag));
  // Whoever stops listening has no use for the build any more.
  const abandoned = new AbortController();
  const signal = options.signal === undefined ? abandoned.signal : AbortSignal.any([options.signal, abandoned.signal]);
  try {
    await using received = await receiveInputs(deps, request, signal);
    const found = await findDockerfile(received.tree, request.dockerfile ?? "");
    const platforms = readPlatforms(request, deps.hostPlatform);
    yield* located(found, async function* () {
      const dockerfile = readDockerfile(found, request.buildArgs?.["BUILDKIT_SYNTAX"]);
      const ignoreText = await readIgnore(received.tree, found.path);
      const ignore = createIgnore(ignoreText);
      const context = new ContextTree(received.tree, ignore, ignoreText);
      const { contexts, secrets, sshAgents } = received;
      yield* runBuild(deps, {
        request: { ...request, secrets, sshAgents },
        found,
        dockerfile,
        ignore,
        context,
        contexts,
        signal,
        tags,
        platforms,
      });
    });
  } finally {
    abandoned.abort();
  }
}

/** One, or several with commas between them, each once. */
function readPlatforms({ platform, output }: BuildRequest, host: Platform): readonly Platform[] {
  if (platform === undefined) return [host];
  const platforms = platform.split(",").map((text) => parsePlatform(text.trim(), host));
  const distinct = [...new Map(platforms.map((one) => [formatPlatform(one), one])).values()];
  if (distinct.length > 1 && output === "files") throw invalidArgument("cannot give out files of several platforms at once: choose one");
  return distinct;
}

/** Mistakes in the Dockerfile get their place drawn: in the error, and in the stream once there is one. */
async function* located(found: FoundDockerfile, build: () => AsyncGenerator<BuildEvent>): AsyncGenerator<BuildEvent> {
  let hasBegun = false;
  try {
    for await (const event of build()) {
      yield event;
      hasBegun = true;
    }
  } catch (error) {
    const explained = withExcerpt(error, found);
    if (hasBegun && explained.excerpt !== "") yield { type: "excerpt", text: explained.excerpt };
    throw explained.error;
  }
}

/** A command that failed has said itself what is wrong. */
function withExcerpt(error: unknown, { text, path }: FoundDockerfile): { readonly error: unknown; readonly excerpt: string } {
  const details = error instanceof EngineError ? error.details : undefined;
  const range = details?.["range"] as SourceRange | undefined;
  if (!(error instanceof EngineError) || range === undefined || details?.["exitCode"] !== undefined) return { error, excerpt: "" };
  const excerpt = renderExcerpt(text, range, path);
  return { error: new EngineError(error.kind, error.message, { cause: error, details: { ...details, file: path, excerpt } }), excerpt };
}

/** Docker takes a bad tag for its own failure. */
function parseTag(name: string): Reference {
  try {
    if (parseReference(name).digest !== undefined) throw invalidArgument("build tag cannot contain a digest");
    return parseTagTarget(name);
  } catch (error) {
    if (isEngineError(error, "invalid-argument")) throw internal(error.message, { cause: error });
    throw error;
  }
}

function distinct(tags: readonly Reference[]): Reference[] {
  return [...new Map(tags.map((tag) => [canonical(tag), tag])).values()];
}
