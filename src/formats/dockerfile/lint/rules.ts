import {
  checkDefaultImages,
  checkConstantPlatforms,
  checkFromArguments,
  checkImagePlatforms,
  checkTargetPlatforms,
} from "./rules/from-images.ts";
import { checkCommandForms, checkRepeatedCommands } from "./rules/commands.ts";
import { checkDescriptions } from "./rules/descriptions.ts";
import { checkExposedFormats, checkProtocolCasing } from "./rules/exposed-ports.ts";
import { checkIgnoredSources } from "./rules/ignored-sources.ts";
import { checkAsCasing, checkInstructionCasing, checkStageCasing } from "./rules/letter-case.ts";
import { checkEmptyContinuations, checkLegacyPairs, checkMaintainers } from "./rules/old-forms.ts";
import { checkSecrets } from "./rules/secrets.ts";
import { checkDuplicateStages, checkReservedStages } from "./rules/stage-names.ts";
import { checkVariables } from "./rules/variables.ts";
import { checkWorkingDirs } from "./rules/working-dirs.ts";
import type { Rule } from "./rule.ts";

export const FOREIGN_IMAGE: Rule = {
  name: "InvalidBaseImagePlatform",
  description: "An image should be for the platform that is built for",
  check: checkImagePlatforms,
};

/** Every check there is; each has its section in docs/lint-rules.md. */
export const RULES: readonly Rule[] = [
  { name: "NoEmptyContinuation", description: "An instruction should not go on behind an empty line", check: checkEmptyContinuations },
  { name: "StageNameCasing", description: "Names of stages should be in lower case", check: checkStageCasing },
  { name: "FromAsCasing", description: "AS should be written in the case of its FROM", check: checkAsCasing },
  {
    name: "ConsistentInstructionCasing",
    description: "All instructions of a file should be written in one case",
    check: checkInstructionCasing,
  },
  { name: "DuplicateStageName", description: "Names of stages should be unique", check: checkDuplicateStages },
  { name: "ReservedStageName", description: "A stage should not be called scratch or context", check: checkReservedStages },
  {
    name: "InvalidDefinitionDescription",
    description: "A comment right above a stage or an argument should describe it: `# <name> <description>`",
    isExperimental: true,
    check: checkDescriptions,
  },
  { name: "MaintainerDeprecated", description: "A label should name the author instead of MAINTAINER", check: checkMaintainers },
  { name: "InvalidDefaultArgInFrom", description: "FROM should name an image without any build argument", check: checkDefaultImages },
  { name: "UndefinedArgInFrom", description: "FROM should use arguments that are declared before it", check: checkFromArguments },
  {
    name: "RedundantTargetPlatform",
    description: "FROM should not ask for the platform that it gets anyway",
    check: checkTargetPlatforms,
  },
  {
    name: "FromPlatformFlagConstDisallowed",
    description: "FROM should not be bound to one platform",
    check: checkConstantPlatforms,
  },
  FOREIGN_IMAGE,
  { name: "UndefinedVar", description: "Variables should be defined before they are used", check: checkVariables },
  {
    name: "JSONArgsRecommended",
    description: "CMD and ENTRYPOINT should be JSON arrays, so that signals reach the program",
    check: checkCommandForms,
  },
  {
    name: "MultipleInstructionsDisallowed",
    description: "CMD, ENTRYPOINT and HEALTHCHECK should stand once in a stage, as only the last one counts",
    check: checkRepeatedCommands,
  },
  { name: "WorkdirRelativePath", description: "The first WORKDIR should be absolute", check: checkWorkingDirs },
  { name: "LegacyKeyValueFormat", description: "ENV and LABEL should be written with =", check: checkLegacyPairs },
  { name: "SecretsUsedInArgOrEnv", description: "Secrets should not be given by ARG or ENV", check: checkSecrets },
  { name: "ExposeProtoCasing", description: "Protocols of EXPOSE should be in lower case", check: checkProtocolCasing },
  { name: "ExposeInvalidFormat", description: "EXPOSE should name ports of the container only", check: checkExposedFormats },
  {
    name: "CopyIgnoredFile",
    description: "COPY and ADD should not name what .dockerignore leaves out",
    isExperimental: true,
    check: checkIgnoredSources,
  },
];
