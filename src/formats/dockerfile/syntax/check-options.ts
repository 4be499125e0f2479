import { invalidArgument } from "#errors";
import { parseGoBoolean } from "../values/booleans.ts";
import { quoteLikeGo } from "../values/go-text.ts";
import { trim } from "../values/whitespace.ts";

/** Which warnings a file wants: the value of its `check` directive, or of a build argument in its place. */
export interface CheckOptions {
  readonly skip: "all" | readonly string[];
  readonly experimental: "all" | readonly string[];
  /** Warnings fail the build. */
  readonly isStrict: boolean;
}

/** `skip=RuleA,RuleB;error=true;experimental=all`, in any order. */
export function parseCheckOptions(text: string): CheckOptions {
  const options = new Map<string, string>();
  for (const option of trim(text) === "" ? [] : text.split(";")) {
    const equals = option.indexOf("=");
    const key = trim(equals === -1 ? option : option.slice(0, equals));
    if (equals === -1 || !["skip", "error", "experimental"].includes(key))
      throw invalidArgument(`invalid check option ${quoteLikeGo(key)}`);
    options.set(key, trim(option.slice(equals + 1)));
  }
  return {
    skip: toRules(options.get("skip")),
    experimental: toRules(options.get("experimental")),
    isStrict: toBoolean(options.get("error") ?? "false"),
  };
}

function toRules(text: string | undefined): "all" | readonly string[] {
  if (text === undefined) return [];
  return text === "all" ? text : text.split(",").map(trim);
}

function toBoolean(text: string): boolean {
  const boolean = parseGoBoolean(text);
  if (boolean !== undefined) return boolean;
  throw invalidArgument(
    `failed to parse check option ${quoteLikeGo(`error=${text}`)}: strconv.ParseBool: parsing ${quoteLikeGo(text)}: invalid syntax`,
  );
}
