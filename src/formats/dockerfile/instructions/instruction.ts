import type { Healthcheck } from "#oci";
import type { Heredoc } from "../syntax/heredoc.ts";
import type { SourceRange } from "../syntax/source.ts";

/** What every instruction keeps of the file. */
export interface Placed {
  /** As written. */
  readonly word: string;
  /** The logical line, trimmed, before any expansion: what progress and history show. */
  readonly text: string;
  readonly range: SourceRange;
}

/** The shell form is one string, or none, for the SHELL in force; the exec form is argv as it is. */
export interface CommandLine {
  readonly form: "shell" | "exec";
  readonly args: readonly string[];
}

export interface Pair {
  readonly key: string;
  readonly value: string;
}

export interface FromInstruction extends Placed {
  readonly keyword: "FROM";
  readonly image: string;
  /** Lower-case. */
  readonly stageName?: string;
  readonly platform?: string;
  /** From the comment `# <name> …` above. */
  readonly description?: string;
  /** The comments right above, without `#`. */
  readonly comments: readonly string[];
}

export interface RunInstruction extends Placed {
  readonly keyword: "RUN";
  readonly command: CommandLine;
  /** For the shell to read behind its command line, unless the one there is makes the `script`. */
  readonly heredocs: readonly Heredoc[];
  /** The body of a heredoc that is the whole command: `RUN <<EOF`. */
  readonly script?: string;
  /** Unexpanded, for `parseRunMount` once the variables are known. */
  readonly mounts: readonly string[];
  readonly network: "default" | "none" | "host";
  readonly security: "sandbox" | "insecure";
  readonly devices: readonly RunDevice[];
  /** Names of the flags given, in order: the classic protocol names the first one it does not know. */
  readonly flags: readonly string[];
}

export interface RunDevice {
  readonly name: string;
  readonly isRequired: boolean;
}

export interface CommandInstruction extends Placed {
  readonly keyword: "CMD" | "ENTRYPOINT";
  readonly command: CommandLine;
}

export interface ShellInstruction extends Placed {
  readonly keyword: "SHELL";
  readonly shell: readonly string[];
}

export interface PairsInstruction extends Placed {
  readonly keyword: "ENV" | "LABEL";
  /** Keys and values unexpanded, in order. */
  readonly pairs: readonly Pair[];
  readonly isLegacy: boolean;
}

export interface ArgInstruction extends Placed {
  readonly keyword: "ARG";
  readonly args: readonly ArgDeclaration[];
  /** The comments right above, without `#`. */
  readonly comments: readonly string[];
}

export interface ArgDeclaration {
  readonly name: string;
  /** Absent for a bare name, which is not the same as empty. */
  readonly defaultValue?: string;
  readonly description?: string;
}

/** A file whose content stands in the Dockerfile itself. */
export interface InlineFile {
  /** The heredoc's delimiter. */
  readonly name: string;
  readonly content: string;
  readonly expands: boolean;
}

export interface CopyInstruction extends Placed {
  readonly keyword: "COPY";
  readonly sources: CopySources;
  readonly options: CopyOptions;
  readonly from?: string;
  readonly hasParents: boolean;
}

export interface AddInstruction extends Placed {
  readonly keyword: "ADD";
  readonly sources: CopySources;
  readonly options: CopyOptions;
  readonly checksum?: string;
  readonly keepsGitDir: boolean;
  /** Absent: what is a local archive is unpacked, what was downloaded is not. */
  readonly unpacks?: boolean;
}

export interface CopySources {
  readonly paths: readonly string[];
  readonly files: readonly InlineFile[];
  readonly destination: string;
}

export interface CopyOptions {
  readonly chown?: string;
  readonly chmod?: string;
  readonly isLink: boolean;
  readonly exclude: readonly string[];
}

export interface ListInstruction extends Placed {
  /** EXPOSE sorted bytewise, as the order must not matter to a cache; VOLUME as written. */
  readonly keyword: "EXPOSE" | "VOLUME";
  readonly values: readonly string[];
}

export interface ValueInstruction extends Placed {
  readonly keyword: "USER" | "WORKDIR" | "STOPSIGNAL" | "MAINTAINER";
  readonly value: string;
}

export interface HealthcheckInstruction extends Placed {
  readonly keyword: "HEALTHCHECK";
  readonly healthcheck: Healthcheck;
}

export interface OnBuildInstruction extends Placed {
  readonly keyword: "ONBUILD";
  /** The trigger as the image keeps it, heredoc bodies included. */
  readonly trigger: string;
}

export type Instruction =
  | FromInstruction
  | RunInstruction
  | CommandInstruction
  | ShellInstruction
  | PairsInstruction
  | ArgInstruction
  | CopyInstruction
  | AddInstruction
  | ListInstruction
  | ValueInstruction
  | HealthcheckInstruction
  | OnBuildInstruction;

export type Keyword = Instruction["keyword"];
