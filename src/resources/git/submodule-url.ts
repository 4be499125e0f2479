import { invalidArgument } from "#errors";

/**
 * A submodule's URL as `.gitmodules` has it, made absolute: `./x` and `../x` are relative to the repository that names them.
 *
 * @throws invalid-argument when it leads out of the repository's host, or chooses something by itself.
 */
export function submoduleUrl(url: string, remote: string): string {
  if (!/^\.\.?\//.test(url)) return withoutSelection(url);
  let base = remote.replace(/\/+$/, "");
  let rest = url;
  for (;;) {
    if (rest.startsWith("./")) rest = rest.slice(2);
    else if (rest.startsWith("../")) {
      rest = rest.slice(3);
      // The path's first part is not to be left: what is before it is the host.
      const parent = base.replace(/(?<=[^/:])[/:][^/:]+$/, "");
      if (parent === base || /^\w+:\/*$/.test(parent))
        throw invalidArgument(`invalid git repository "${url}": it leads out of "${remote}"`);
      base = parent;
    } else return withoutSelection(`${base}/${rest}`);
  }
}

/** To git `?` and `#` are part of a path; here they would choose something else than the commit that is wanted. */
function withoutSelection(url: string): string {
  if (/[?#]/.test(url)) throw invalidArgument(`invalid git repository "${url}": a submodule's URL has neither query nor fragment`);
  return url;
}
