import { checkStore } from "#images";
import type { StoreReport } from "#images";
import type { CredentialSource, RegistryConfig } from "#registry";
import { openResources } from "./open-resources.ts";

/** What `slipwayd fsck` reports. */
export type CheckReport = StoreReport;

export interface CheckOptions {
  readonly dataRoot: string;
  /** Remove what is damaged, and fetch or make again what can be. */
  readonly repair?: boolean;
  /** How registries are reached, and who asks them: for what is fetched again. */
  readonly registries?: RegistryConfig;
  readonly credentials?: CredentialSource;
  readonly warn?: (message: string) => void;
}

/**
 * Verifies a data root that no engine is using: every record against every byte.
 *
 * @throws conflict while an engine has it.
 */
export async function checkDataRoot(options: CheckOptions): Promise<CheckReport> {
  const { dataRoot, repair = false, registries = {}, credentials, warn = () => undefined } = options;
  await using resources = await openResources({ dataRoot, registries, warn });
  return await checkStore(resources.deps, { repair, ...(credentials !== undefined && { credentials }) });
}
