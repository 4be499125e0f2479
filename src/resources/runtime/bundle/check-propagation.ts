import { readFile } from "node:fs/promises";
import { internal } from "#errors";
import type { ExtraMount } from "../run-spec.ts";

/** @throws internal, in Docker's words, for a mount whose source cannot hand on what is mounted. */
export async function checkPropagation(mounts: readonly ExtraMount[] = []): Promise<void> {
  const asking = mounts.filter((mount) => mount.type === "bind").filter(({ propagation }) => /shared|slave/.test(propagation ?? ""));
  if (asking.length === 0) return;
  const table = (await readFile("/proc/self/mountinfo", "utf8")).split("\n").map((line) => line.split(" "));
  for (const { source, propagation = "" } of asking) {
    const [place, fields] = mountOf(source, table);
    const isShared = fields.some((field) => field.startsWith("shared:"));
    const isSlave = fields.some((field) => field.startsWith("master:"));
    const said = `path ${source} is mounted on ${place} but it is not a shared`;
    if (propagation.endsWith("shared") && !isShared) throw internal(`${said} mount`);
    if (propagation.endsWith("slave") && !isShared && !isSlave) throw internal(`${said} or slave mount`);
  }
}

/** Where the file system of a path is mounted, and what the kernel says of it. The last one over a place counts. */
function mountOf(path: string, table: readonly (readonly string[])[]): readonly [place: string, fields: readonly string[]] {
  let found: readonly [string, readonly string[]] = ["/", []];
  for (const fields of table) {
    const place = (fields[4] ?? "").replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
    const isAbove = place !== "" && `${path}/`.startsWith(place === "/" ? "/" : `${place}/`);
    if (isAbove && place.length >= found[0].length) found = [place, fields.slice(6)];
  }
  return found;
}
