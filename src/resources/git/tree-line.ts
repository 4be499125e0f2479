import { decodeName } from "#archive";
import { internal, invalidArgument } from "#errors";

/** One path of a commit. `object` is hex; a submodule's is the commit that it wants. */
export interface TreeFile {
  /** Without leading or trailing `/`; bytes that are no UTF-8 as `decodeName` gives them. */
  readonly path: string;
  readonly type: "file" | "executable" | "symlink" | "directory" | "submodule";
  readonly object: string;
  /** Bytes; 0 for what is neither file nor symlink. */
  readonly size: number;
}

const TYPES: Readonly<Record<string, TreeFile["type"]>> = {
  "100644": "file",
  "100664": "file",
  "100755": "executable",
  "120000": "symlink",
  "040000": "directory",
  "160000": "submodule",
};

/** Bytes. */
export const MAX_PATH = 4096;
const MAX_LINK = 4096;

/**
 * Reads a line of `ls-tree -l -z`: `100644 blob 0123…    17<TAB>path`.
 *
 * @throws invalid-argument for what no file system should be given.
 */
export function parseTreeLine(line: Buffer): TreeFile {
  const tab = line.indexOf(0x09);
  const path = decodeName(line.subarray(tab + 1));
  const [mode = "", , object = "", size = ""] = line.subarray(0, tab).toString("latin1").split(/ +/);
  const type = TYPES[mode];
  if (tab === -1 || type === undefined) throw internal(`cannot read the git repository: ${JSON.stringify(path)} has mode ${mode}`);
  const isBad = path.split("/").some((name) => ["", ".", "..", ".git"].includes(name.toLowerCase()));
  if (isBad || line.byteLength - tab > MAX_PATH)
    throw invalidArgument(`cannot use the git repository: invalid path ${JSON.stringify(path.slice(0, 200))}`);
  if (type === "symlink" && Number(size) > MAX_LINK)
    throw invalidArgument(`cannot use the git repository: ${JSON.stringify(path)} is no link`);
  return { path, type, object, size: size === "-" ? 0 : Number(size) };
}
