import { checkStore } from "#images";
import type { StoreReport } from "#images";
import { openResources } from "./open-resources.ts";

/** What `slipwayd fsck` reports. */
export type CheckReport = StoreReport;

export interface CheckOptions {
  readonly dataRoot: string;
  /** Remove what is damaged and make again what can be. */
  readonly repair?: boolean;
  readonly warn?: (message: string) => void;
}

/**
 * Verifies a data root that no engine is using: every record against every byte.
 *
 * @throws conflict while an engine has it.
 */
export async function checkDataRoot({ dataRoot, repair = false, warn = () => undefined }: CheckOptions): Promise<CheckReport> {
  await using resources = await openResources({ dataRoot, registries: {}, warn });
  return await checkStore(resources.deps, { repair });
}
