import { join } from "node:path";
import { encodeName } from "#archive";

/** The place of a tree's name below a directory. Names are bytes, which not every string can hold. */
export function pathIn(directory: string, place: string): Buffer {
  return Buffer.concat([Buffer.from(join(directory, "/")), encodeName(place)]);
}
