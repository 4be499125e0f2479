/**
 * The name that what is fetched from `url` gets: the last part of the URL's path, else the one that the server gives it in
 * `Content-Disposition`. `undefined` when neither has one. Always a single component, never `.` or `..`.
 */
export function fileNameOf(url: string, contentDisposition?: string): string | undefined {
  const { pathname } = new URL(url);
  return componentOf(percentDecoded(pathname)) ?? componentOf(dispositionName(contentDisposition ?? ""));
}

/** Bytes that are not UTF-8 leave the escapes as they are. */
function percentDecoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function componentOf(path: string): string | undefined {
  const name = path.replace(/\/+$/, "").split("/").at(-1) ?? "";
  return name === "" || name === "." || name === ".." || name.includes("\0") ? undefined : name;
}

/** RFC 6266: `filename*` of RFC 8187 before `filename`, which may be quoted. */
function dispositionName(header: string): string {
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(header)?.[1];
  if (extended !== undefined) return percentDecoded(extended);
  const { quoted, token } = /;\s*filename\s*=\s*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<token>[^\s;"]+))/i.exec(header)?.groups ?? {};
  return token ?? (quoted ?? "").replace(/\\(.)/g, "$1");
}
