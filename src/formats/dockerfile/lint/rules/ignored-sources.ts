import { cleanPath } from "../../values/clean-path.ts";
import { quoteLikeGo } from "../../values/go-text.ts";
import type { LintedFile } from "../read-for-lint.ts";
import type { Finding } from "../rule.ts";

/** No pattern names it, so that one which leaves it out leaves out everything. */
const ANY_NAME = "\u0000any\u0000";
const REMOTE = /^(?:https?|git|ssh):\/\/|^git@/;

/** With exceptions nothing is said: a folder that is left out may well hold what is not. */
export function* checkIgnoredSources({ stages, ignore }: LintedFile): Generator<Finding> {
  if (ignore === undefined || ignore.hasExceptions) return;
  for (const { steps } of stages) {
    for (const { expanded } of steps) {
      if (expanded?.keyword !== "ADD" && (expanded?.keyword !== "COPY" || expanded.from !== undefined)) continue;
      const verb = expanded.keyword === "ADD" ? "Add" : "Copy";
      for (const path of expanded.sources.paths) {
        if (expanded.keyword === "ADD" && REMOTE.test(path)) continue;
        const fromRoot = cleanPath(`/${path}`).slice(1);
        if (!ignore.ignores(fromRoot === "" ? ANY_NAME : fromRoot)) continue;
        const shown = quoteLikeGo(cleanPath(path));
        yield { detail: `Attempting to ${verb} file ${shown} that is excluded by .dockerignore`, range: expanded.range };
      }
    }
  }
}
