export const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What a container's process has before its own variables, as in Docker. */
export function containerEnvironment(hostname: string, { hasTerminal }: { hasTerminal: boolean }): string[] {
  return [DEFAULT_PATH, `HOSTNAME=${hostname}`, ...(hasTerminal ? ["TERM=xterm"] : [])];
}

/** A later variable takes the place of an earlier one; a bare name takes it away. */
export function mergeEnvironments(...lists: readonly (readonly string[])[]): string[] {
  const variables = new Map<string, string>();
  for (const variable of lists.flat()) {
    const [name = ""] = variable.split("=", 1);
    if (variable.includes("=")) variables.set(name, variable);
    else variables.delete(name);
  }
  return [...variables.values()];
}
