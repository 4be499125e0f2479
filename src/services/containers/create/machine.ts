import type { OnlineParts } from "#runtime";

/** What of the machine decides what a container may ask for. */
export interface Machine extends OnlineParts {
  readonly hostname: string;
  readonly cpus: number;
  readonly hasCgroup2: boolean;
  readonly hasBlockWeight: boolean;
}
