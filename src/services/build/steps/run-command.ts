import type { RunInstruction } from "#dockerfile";
import { invalidArgument } from "#errors";
import type { ContainerConfig } from "#oci";
import { shellOf } from "./config-values.ts";

export interface RunCommand {
  readonly args: readonly string[];
  /** To be found at `/dev/pipes/<name>`, executable, while the command runs. */
  readonly script?: { readonly name: string; readonly body: string };
}

/**
 * What RUN executes: a program as it is, or a text for the shell, with what heredocs add to it.
 *
 * @throws invalid-argument when there is no program.
 */
export function commandOf({ command, script, heredocs }: RunInstruction, config: ContainerConfig): RunCommand {
  if (command.form === "exec" && command.args.length === 0) throw invalidArgument("no command specified");
  if (command.form === "exec") return { args: command.args };
  const shell = shellOf(config);
  const [first] = heredocs;
  if (script !== undefined && first !== undefined) {
    if (!script.startsWith("#!")) return { args: [...shell, script] };
    return { args: [`/dev/pipes/${first.name}`], script: { name: first.name, body: script } };
  }
  const bodies = heredocs.map(({ body, name }) => `${body}${name}`);
  return { args: [...shell, [command.args[0] ?? "", ...bodies].join("\n")] };
}

/** How progress and errors call it. */
export function describeCommand({ args }: RunCommand): string {
  return args.join(" ");
}
