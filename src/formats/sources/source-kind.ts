export type SourceKind = "git" | "url";

/**
 * What a remote context or a source of `ADD` is by its spelling: a git repository, a URL to download, or `undefined` for what
 * is neither, which is a path or a mistake. An HTTP URL is a repository when its path ends in `.git`.
 */
export function sourceKind(text: string): SourceKind | undefined {
  if (/^https?:\/\//i.test(text)) return /^[^?#]*\.git(?:[?#].*)?$/is.test(text) ? "git" : "url";
  return /^(?:git|ssh):\/\//i.test(text) || text.startsWith("github.com/") || /^[\w.-]+@[^/:]+:(?!\/\/)/.test(text) ? "git" : undefined;
}
