import { invalidArgument } from "#errors";
import { redactUrl } from "./redact-url.ts";

/** A git repository, and what of it is meant. */
export interface GitSource {
  /** For git: without password, query and fragment. `https:`, `http:`, `git:` or `ssh:`, or `user@host:path`. */
  readonly remote: string;
  readonly scheme: "http" | "https" | "git" | "ssh";
  /** Of the URL, lower case, with the port when one is given. */
  readonly host: string;
  /** From the URL; go to this host alone. */
  readonly credentials?: GitCredentials;
  /** Branch, tag, full ref name or commit; without it the remote's HEAD. */
  readonly ref?: string;
  /** Hex digits that the commit's id begins with. */
  readonly checksum?: string;
  /** Within the tree; `/` separates. */
  readonly subdir?: string;
  readonly keepsGitDir?: boolean;
  readonly submodules?: boolean;
}

export interface GitCredentials {
  readonly username: string;
  readonly password: string;
}

type Scheme = GitSource["scheme"];
type Place = Pick<GitSource, "remote" | "scheme" | "host" | "credentials">;
type Selection = Omit<GitSource, keyof Place>;

/** Node's `URL` would turn a host's odd characters into others; a repository's host has none. */
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?)(?::[0-9]{1,5})?$/;
const SCP = /^(?<user>[A-Za-z0-9_][\w.-]*)@(?<host>[^/:]+):(?<path>[^?#]*)(?<rest>[^]*)$/;
const URL_FORM = /^(?<scheme>https?|git|ssh):\/\/(?:(?<userinfo>[^/?#]*)@)?(?<host>[^/?#@]*)(?<path>[^?#]*)(?<rest>[^]*)$/i;

/**
 * Parses a repository as Docker and BuildKit write it: `https://host/x.git`, `git://…`, `ssh://…`, `user@host:path`,
 * `github.com/user/repo`, followed by `#ref:dir` or by a query (`?branch=…&subdir=…`).
 *
 * @throws invalid-argument when it is none, contradicts itself, or has a part that could be read as an option.
 */
export function parseGitSource(text: string): GitSource {
  if (/[\0-\x20\x7f]/.test(text))
    throw invalidArgument(`invalid git repository ${JSON.stringify(redactUrl(text))}: it has a space or control character`);
  const written = text.startsWith("github.com/") ? `https://${text}` : text;
  const { place, rest } = placeOf(written);
  const [query = "", fragment = ""] = cut(rest.replace(/^\?/, ""), "#");
  const selection = checked(withQuery(fromFragment(fragment), rest.startsWith("?") ? query : ""));
  return { ...place, ...selection };
}

function placeOf(text: string): { readonly place: Place; readonly rest: string } {
  const url = URL_FORM.exec(text)?.groups;
  if (url !== undefined) {
    const { scheme = "", userinfo = "", host = "", path = "", rest = "" } = url;
    return { place: urlPlace(scheme.toLowerCase() as Scheme, { userinfo, host: host.toLowerCase(), path }, text), rest };
  }
  const { user = "", host = "", path = "", rest = "" } = SCP.exec(text)?.groups ?? {};
  if (user === "" || path === "") throw notRepository(text);
  checkPlace(host.toLowerCase(), path, text);
  return { place: { remote: `${user}@${host}:${path}`, scheme: "ssh", host: host.toLowerCase() }, rest };
}

interface UrlParts {
  readonly userinfo: string;
  readonly host: string;
  readonly path: string;
}

function urlPlace(scheme: Scheme, { userinfo, host, path }: UrlParts, text: string): Place {
  checkPlace(host, path, text);
  if (scheme === "ssh") {
    const [user = ""] = userinfo.split(":");
    if (!/^(?:\w[\w.-]*)?$/.test(user)) throw notRepository(text);
    return { remote: `ssh://${user === "" ? "" : `${user}@`}${host}${path}`, scheme, host };
  }
  const credentials = userinfo === "" ? undefined : credentialsOf(userinfo, text);
  return { remote: `${scheme}://${host}${path}`, scheme, host, ...(credentials !== undefined && { credentials }) };
}

function credentialsOf(userinfo: string, text: string): GitCredentials {
  const [username = "", password = ""] = cut(userinfo, ":").map((part) => decoded(part, text));
  return { username, password };
}

function checkPlace(host: string, path: string, text: string): void {
  if (!HOST.test(host) || /^[/]*$/.test(path) || /^\/*-/.test(path)) throw notRepository(text);
}

function notRepository(text: string): Error {
  return invalidArgument(
    `invalid git repository "${redactUrl(text)}", expected https://host/repository.git, git://…, ssh://… or user@host:path`,
  );
}

/** `#ref:dir`, either of which may be missing. */
function fromFragment(fragment: string): Selection {
  const [ref = "", subdir = ""] = cut(decoded(fragment, fragment), ":");
  return { ...(ref !== "" && { ref }), ...(subdir !== "" && { subdir }) };
}

/** A query says the same in words; what both say has to agree. */
function withQuery(fragment: Selection, query: string): Selection {
  let selection = fragment;
  let branchOrTag: string | undefined;
  const seen = new Set<string>();
  for (const [key, value] of new URLSearchParams(query)) {
    if (seen.has(key)) throw invalidArgument(`query "${key}" has multiple values`);
    seen.add(key);
    if (value === "" && !FLAGS.has(key)) throw invalidArgument(`query "${key}" has no value`);
    if (key === "branch" || key === "tag") {
      if (branchOrTag !== undefined) throw invalidArgument("branch conflicts with a tag");
      branchOrTag = fullRef(key, value);
    } else selection = merged(selection, parameter(key, value));
  }
  return branchOrTag === undefined ? selection : merged(selection, { ref: branchOrTag });
}

const FLAGS: ReadonlySet<string> = new Set(["keep-git-dir", "submodules"]);

function parameter(key: string, value: string): Selection {
  switch (key) {
    case "ref":
      return { ref: value };
    case "subdir":
      return { subdir: value };
    case "checksum":
    case "commit":
      return { checksum: value };
    case "keep-git-dir":
      return { keepsGitDir: flag(key, value) };
    case "submodules":
      return { submodules: flag(key, value) };
    default:
      throw invalidArgument(`unexpected query "${key}"`);
  }
}

function flag(key: string, value: string): boolean {
  if (["", "1", "t", "T", "true", "TRUE", "True"].includes(value)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(value)) return false;
  throw invalidArgument(`invalid ${key} value "${value}", expected true or false`);
}

function fullRef(key: "branch" | "tag", name: string): string {
  const prefix = key === "branch" ? "refs/heads/" : "refs/tags/";
  return name.startsWith(prefix) ? name : prefix + name;
}

function merged(known: Selection, more: Selection): Selection {
  for (const key of ["ref", "subdir", "checksum"] as const) {
    const [one, other] = [known[key], more[key]];
    if (one !== undefined && other !== undefined && one !== other) throw invalidArgument(`${key} conflicts: "${one}" vs "${other}"`);
  }
  return { ...known, ...more };
}

/** What git forbids in names of refs, and a first `-`, with which an option begins. */
const BAD_REF = /^[-./]|\.\.|\/\/|@\{|[\0-\x20\x7f~^:?*[\\]|[./]$|\.lock$|\/\.|^@$/;

function checked(selection: Selection): Selection {
  const { ref, checksum } = selection;
  if (ref !== undefined && BAD_REF.test(ref)) throw invalidArgument(`invalid refspec: ${ref}`);
  if (checksum !== undefined && !/^[0-9a-f]{7,64}$/.test(checksum))
    throw invalidArgument(`invalid checksum "${checksum}" for a git source, expected a commit hash in lower-case hex digits`);
  if (checksum === undefined || ref !== undefined) return selection;
  // A whole hash says which commit is meant; a part of one can only be compared.
  return checksum.length === 40 || checksum.length === 64 ? { ...selection, ref: checksum } : selection;
}

function decoded(part: string, text: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalidArgument(`invalid git repository "${redactUrl(text)}": it has a broken escape`);
  }
}

function cut(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
