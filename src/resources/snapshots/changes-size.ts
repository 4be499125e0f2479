import { join } from "node:path";
import { runProgram } from "#programs";

/**
 * Bytes of the files that a container has changed or added, as Docker counts them; a file with several names once.
 *
 * @param place as for `mount`; nothing has to be mounted, and what runs may go on.
 */
export async function changesSize(place: string): Promise<number> {
  const list = await runProgram("find", [join(place, "upper"), "-xdev", "-type", "f", "-printf", "%i %s\n"], {
    package: "findutils",
  }).catch(
    // Before the first start there is nothing, and what runs removes files under the eyes of who counts them.
    () => "",
  );
  const sizes = new Map(list.split("\n").map((line): [string, number] => [line.split(" ", 1)[0] ?? "", Number(line.split(" ")[1] ?? 0)]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
