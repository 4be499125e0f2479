import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startProgram } from "#programs";

/**
 * Bytes of the files that a container has changed or added, as Docker counts them; a file with several names once.
 *
 * @param place as for `mount`; nothing has to be mounted, and what runs may go on.
 */
export async function changesSize(place: string): Promise<number> {
  const upper = join(place, "upper");
  // Before the first start there is nothing.
  if (!existsSync(upper)) return 0;
  const args = [upper, "-xdev", "-type", "f", "-printf", "%n %i %s\n"];
  const { child, done } = startProgram("find", args, { package: "findutils", mayMissFiles: true });
  let total = 0;
  const seen = new Set<string>();
  if (child.stdout !== null) {
    for await (const line of createInterface(child.stdout)) {
      const [names, inode = "", size] = line.split(" ");
      if (names !== "1" && seen.has(inode)) continue;
      if (names !== "1") seen.add(inode);
      total += Number(size);
    }
  }
  await done;
  return total;
}
