import type { GitSource } from "#sources";
import type { BuildRequest } from "../types.ts";

const TOKEN = "GIT_AUTH_TOKEN";

/** What a build may use to reach a repository: BuildKit's secret for its host or for any, and the default SSH agent. */
export function gitAccess(
  { secrets, sshAgents }: BuildRequest,
  { host }: GitSource,
): { tokens?: ReadonlyMap<string, string>; sshAgent?: string } {
  const token = secrets?.get(`${TOKEN}.${host}`) ?? secrets?.get(TOKEN);
  const sshAgent = sshAgents?.get("default");
  return {
    ...(token !== undefined && { tokens: new Map([[host, Buffer.from(token).toString("utf8").trim()]]) }),
    ...(sshAgent !== undefined && { sshAgent }),
  };
}
