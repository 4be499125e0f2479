import { at, detectSyntax, parseDockerfile } from "#dockerfile";
import type { Dockerfile } from "#dockerfile";
import { EngineError, invalidArgument } from "#errors";
import { canonical, parseReference, withDefaultTag } from "#oci";
import type { FoundDockerfile } from "./find-dockerfile.ts";

/** What stands in Docker's messages as it is, without the file's name in front. */
const COMPLETE =
  /^(?:dockerfile parse error|no build stage|dockerfile contains no stages|failed to resolve source metadata|invalid context name)/;
/** Every frontend of that name speaks the language that is built in here. */
const BUILT_IN = /(?:^|\/)docker\/dockerfile(?:-upstream)?$/;

/**
 * @param syntax what to take the file for, whatever its own `# syntax=` says: the build argument BUILDKIT_SYNTAX.
 * @throws invalid-argument in Docker's words; `details` has the file, and the place where it is known.
 */
export function readDockerfile({ path, text }: FoundDockerfile, syntax?: string | null): Dockerfile {
  try {
    checkSyntax(syntax ?? detectSyntax(text)?.image);
    return parseDockerfile(text);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const message = COMPLETE.test(error.message) ? error.message : `failed to parse ${path}: ${error.message}`;
    throw new EngineError(error.kind, message, { cause: error, details: { ...error.details, file: path } });
  }
}

/** The built-in language may be named in any version, and nothing else: no frontend is ever fetched. */
function checkSyntax(image: string | undefined): void {
  if (image === undefined) return;
  const range = { start: 1, end: 1 };
  const reference = at(
    range,
    () => parseReference(image),
    (message) => `invalid context name ${image}: ${message}`,
  );
  if (BUILT_IN.test(reference.repository)) return;
  throw invalidArgument(
    `failed to resolve source metadata for ${canonical(withDefaultTag(reference))}: external frontends are not supported`,
    { details: { range } },
  );
}
