import { resolveGroups, resolveUser } from "./process-user.ts";
import type { ProcessUser } from "./process-user.ts";
import { readInRoot } from "./root-path.ts";

/**
 * The user of those words, by the tables of a root, with further groups.
 *
 * @throws not-found, invalid-argument in Docker's words.
 */
export async function userIn(root: string, text: string, groups: readonly string[] = []): Promise<ProcessUser> {
  const [passwd, group] = await Promise.all([readInRoot(root, "/etc/passwd"), readInRoot(root, "/etc/group")]);
  const user = resolveUser(text, { passwd, group });
  return { ...user, additionalGids: [...new Set([...user.additionalGids, ...resolveGroups(groups, group)])] };
}
