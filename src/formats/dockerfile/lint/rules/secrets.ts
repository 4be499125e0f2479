import { quoteLikeGo } from "../../values/go-text.ts";
import type { LintedFile } from "../read-for-lint.ts";
import type { Step } from "../read-stages.ts";
import type { Finding } from "../rule.ts";

const SECRET = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
/** A public key, the path of a key, the version of a token. */
const NO_SECRET = /(?:_|^)(?:public|file|version)(?:_|$)/i;

export function* checkSecrets({ stages }: LintedFile): Generator<Finding> {
  for (const step of stages.flatMap(({ steps }) => steps)) {
    const { keyword, range } = step.instruction;
    for (const name of namesOf(step)) {
      if (!SECRET.test(name) || NO_SECRET.test(name)) continue;
      yield { detail: `Do not use ARG or ENV instructions for sensitive data (${keyword} ${quoteLikeGo(name)})`, range };
    }
  }
}

function namesOf({ instruction, expanded }: Step): readonly string[] {
  if (instruction.keyword === "ARG") return instruction.args.map(({ name }) => name);
  return expanded?.keyword === "ENV" ? expanded.pairs.map(({ key }) => key) : [];
}
