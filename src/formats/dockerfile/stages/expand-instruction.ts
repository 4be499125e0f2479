import { invalidArgument } from "#errors";
import { expandHeredoc, expandToWords, expandWord } from "../expansion/expand-word.ts";
import type { ExpandOptions } from "../expansion/expand-word.ts";
import type { Variables } from "../expansion/word-scanner.ts";
import type { AddInstruction, CopyInstruction, CopyOptions, CopySources } from "../instructions/instruction.ts";
import type { StageInstruction } from "../parse-dockerfile.ts";

/**
 * The instruction with the words that Docker expands expanded. Commands are for their shells, `--from` and `--exclude`
 * are taken as they are, mounts are read on their own, a trigger is expanded where it fires. ARG is none of these: its
 * words see each other.
 */
export function expandInstruction(instruction: StageInstruction, variables: Variables, options: ExpandOptions): StageInstruction {
  const expand = (word: string): string => expandWord(word, variables, options);
  switch (instruction.keyword) {
    case "ENV":
    case "LABEL":
      return { ...instruction, pairs: instruction.pairs.map(({ key, value }) => ({ key: expand(key), value: expand(value) })) };
    case "EXPOSE":
      return { ...instruction, values: instruction.values.flatMap((value) => expandToWords(value, variables, options)) };
    case "VOLUME":
      return { ...instruction, values: instruction.values.map((value) => present(expand(value))) };
    case "USER":
    case "WORKDIR":
    case "STOPSIGNAL":
      return { ...instruction, value: expand(instruction.value) };
    case "COPY":
      return { ...instruction, ...expandSources(instruction, variables, options, expand) };
    case "ADD":
      return {
        ...instruction,
        ...expandSources(instruction, variables, options, expand),
        ...(instruction.checksum !== undefined && { checksum: expand(instruction.checksum) }),
      };
    case "ARG":
    case "CMD":
    case "ENTRYPOINT":
    case "HEALTHCHECK":
    case "MAINTAINER":
    case "ONBUILD":
    case "RUN":
    case "SHELL":
      return instruction;
  }
}

function expandSources(
  { sources: { paths, files, destination }, options: { chown, chmod, ...flags } }: CopyInstruction | AddInstruction,
  variables: Variables,
  { budget }: ExpandOptions,
  expand: (word: string) => string,
): { readonly sources: CopySources; readonly options: CopyOptions } {
  return {
    sources: {
      paths: paths.map(expand),
      files: files.map((file) => (file.expands ? { ...file, content: expandHeredoc(file.content, variables, budget) } : file)),
      destination: expand(destination),
    },
    options: {
      ...flags,
      ...(chown !== undefined && { chown: expand(chown) }),
      ...(chmod !== undefined && { chmod: expand(chmod) }),
    },
  };
}

function present(volume: string): string {
  if (volume === "") throw invalidArgument("VOLUME specified can not be an empty string");
  return volume;
}
