/** A value, or the mistakes in what it was made of. */
export interface Checked<T> {
  readonly value: T;
  readonly mistakes: readonly string[];
}

/** Labels in the order given. Repeating one is harmless, giving it two values is not; the words are dockerd's. */
export function checkLabels(labels: readonly string[]): Checked<readonly string[]> {
  const byKey = new Map<string, string>();
  const mistakes: string[] = [];
  for (const label of labels) {
    const equals = label.indexOf("=");
    const key = label.slice(0, Math.max(equals, 0));
    const other = byKey.get(key);
    if (equals <= 0) mistakes.push(`bad attribute format: ${label}`);
    else if (other !== undefined && other !== label) mistakes.push(`conflict labels for ${label} and ${other}`);
    else byKey.set(key, label);
  }
  return { value: [...byKey.values()], mistakes };
}

const UNITS = ["b", "k", "m", "g", "t"];

/** A number of bytes, with a unit of 1024 if one is given: `512m`, `20GB`; absent stays absent. */
export function checkSize(flag: string, text: string | undefined): Checked<number | undefined> {
  if (text === undefined) return { value: undefined, mistakes: [] };
  const [, number = "", unit = ""] = /^([0-9]+(?:\.[0-9]+)?) ?(?:([kmgt])i?b?|b)?$/i.exec(text.trim()) ?? [];
  if (number === "")
    return { value: undefined, mistakes: [`invalid --${flag}: ${JSON.stringify(text)} is not a size: expected 512m, 20GB`] };
  return { value: Math.floor(Number(number) * 1024 ** Math.max(0, UNITS.indexOf(unit.toLowerCase()))), mistakes: [] };
}

export function checkMirrors(mirrors: readonly string[]): Checked<readonly string[]> {
  const value: string[] = [];
  const mistakes: string[] = [];
  for (const mirror of mirrors) {
    const problem = mirrorProblem(mirror);
    if (problem === undefined) value.push(mirror.endsWith("/") ? mirror : `${mirror}/`);
    else mistakes.push(`invalid mirror: ${problem}`);
  }
  return { value, mistakes };
}

function mirrorProblem(mirror: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(mirror)?.[1];
  if (scheme === undefined) return `no scheme specified for "${mirror}": must use either 'https://' or 'http://'`;
  if (!/^https?$/i.test(scheme)) return `unsupported scheme "${scheme}" in "${mirror}": must use either 'https://' or 'http://'`;
  const url = URL.parse(mirror);
  if (url === null) return `"${mirror}" is not a URL`;
  // The password must not reach a log.
  if (url.username !== "" || url.password !== "") return `username/password not allowed in URI "${url.protocol}//${url.host}"`;
  if (/[?#]/.test(mirror)) return `query or fragment at end of the URI "${mirror}"`;
  return undefined;
}

/** Entries with `http://` or `https://` are taken without it, as dockerd does. */
export function checkInsecureRegistries(entries: readonly string[]): Checked<readonly string[]> {
  const value: string[] = [];
  const mistakes: string[] = [];
  for (const entry of entries) {
    const host = entry.trim().replace(/^https?:\/\//i, "");
    if (host.includes("://")) mistakes.push(`insecure registry ${entry} should not contain '://'`);
    else if (/^[a-z0-9.:[\]_-]+(\/\d{1,3})?$/i.test(host) && !host.startsWith("-")) value.push(host);
    else mistakes.push(`insecure registry ${JSON.stringify(entry)} is not valid: expected host, host:port or a CIDR`);
  }
  return { value, mistakes };
}
