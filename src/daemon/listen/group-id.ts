import { readFile } from "node:fs/promises";
import { notFound } from "#errors";

/** The ID of a group by name or number; `undefined` when it does not exist and nobody insists. */
export async function groupId({ name, isRequired }: { readonly name: string; readonly isRequired: boolean }): Promise<number | undefined> {
  if (/^\d{1,10}$/.test(name)) return Number(name);
  const groups = await readFile("/etc/group", "utf8");
  for (const line of groups.split("\n")) {
    const [group, , id] = line.split(":");
    if (group === name && id !== undefined) return Number(id);
  }
  if (isRequired)
    throw notFound(`cannot give the socket to group "${name}": it is not in /etc/group, expected a group listed there or a number`);
  return undefined;
}
