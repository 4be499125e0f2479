import { createGlob } from "./glob.ts";
import { canonical, familiarRepository, parseReference } from "./reference.ts";

/**
 * A matcher for references in familiar form, as the `reference` filter means them: the pattern may describe the
 * name with its tag or digest or without, in familiar or in canonical form.
 *
 * @throws invalid-argument `syntax error in pattern`.
 */
export function createReferenceGlob(pattern: string): (name: string) => boolean {
  const matches = createGlob(pattern);
  return (name) => {
    if (matches(name)) return true;
    const reference = parseReference(name);
    return matches(familiarRepository(reference)) || matches(canonical(reference)) || matches(reference.repository);
  };
}
