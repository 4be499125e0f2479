/** One way in that a registry offers (RFC 9110, 11.6.1). Scheme and names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const MAX_LENGTH = 8192;
const MAX_CHALLENGES = 16;
const SCHEME = /[ \t,]*([A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]*)(?=[ \t,]|$)(?![ \t]*=)/y;
const PARAMETER = /[ \t,]*([A-Za-z0-9!#$%&'*+.^_`|~-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))(?=[ \t]*(?:,|$))/y;

/** Reads `WWW-Authenticate`, several lines or several challenges in one. What comes before a syntax error counts. */
export function parseChallenges(lines: readonly string[]): readonly Challenge[] {
  return lines.flatMap((line) => parseLine(line.slice(0, MAX_LENGTH))).slice(0, MAX_CHALLENGES);
}

function parseLine(line: string): readonly Challenge[] {
  const challenges: Challenge[] = [];
  let at = 0;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(line);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  for (let scheme = next(SCHEME); scheme !== null; scheme = next(SCHEME)) {
    const parameters = new Map<string, string>();
    for (let found = next(PARAMETER); found !== null; found = next(PARAMETER)) {
      const [, name = "", quoted, token] = found;
      const key = name.toLowerCase();
      if (!parameters.has(key)) parameters.set(key, token ?? (quoted ?? "").replace(/\\(.)/g, "$1"));
    }
    challenges.push({ scheme: (scheme[1] ?? "").toLowerCase(), parameters });
  }
  return challenges;
}
