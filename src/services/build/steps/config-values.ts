import { resolveWorkingDir } from "#dockerfile";
import type { ContainerConfig } from "#oci";

const DEFAULT_SHELL: readonly string[] = ["/bin/sh", "-c"];

/** What the shell form of a command is handed to. */
export function shellOf({ Shell: shell }: ContainerConfig): readonly string[] {
  return shell === undefined || shell.length === 0 ? DEFAULT_SHELL : shell;
}

/** Where a path leads from the working directory; an empty path stays. */
export function workingDirectory({ WorkingDir: current }: ContainerConfig, path: string): string {
  return path === "" ? (current ?? "/") : resolveWorkingDir(current ?? "", path);
}
