import { cancelled } from "#errors";
import { detailsOf } from "../failure.ts";
import type { Plan, RegistryClient } from "../client.ts";
import { pause } from "../retry.ts";
import type { UploadRequests } from "./upload-requests.ts";

const ENOUGH_PROGRESS = 1024 * 1024;

export interface Upload<T> {
  readonly requests: UploadRequests;
  /** Sends what the registry does not have, from `requests.offset`. */
  attempt(): Promise<T>;
  /** True when another way of sending is worth a try at once. */
  adapt(error: unknown): boolean;
  /** No registry has more of it than this many bytes. */
  readonly most: number;
}

/** Attempts until the registry has it all; what fails for good, or is aborted, is cancelled there. */
export async function untilUploaded<T>(client: RegistryClient, plan: Plan, upload: Upload<T>): Promise<T> {
  const { requests } = upload;
  const retries = client.retryPlan(plan);
  let farthest = 0;
  for (let attempt = 1; ;) {
    try {
      return await upload.attempt();
    } catch (error) {
      if (plan.signal?.aborted === true) {
        requests.cancel();
        throw cancelled(plan.signal.reason);
      }
      const isAdapted = isLost(error) ? requests.isBegun : upload.adapt(error);
      // Farther than ever before: earlier failures are forgotten, which may happen only so often.
      const hasAdvanced = requests.offset >= farthest + ENOUGH_PROGRESS;
      attempt = hasAdvanced ? 2 : attempt + 1;
      farthest = Math.max(farthest, requests.offset);
      if (!isAdapted) await pauseOrCancel(requests, () => pause(error, attempt, retries));
      else if (attempt > retries.attempts) throw error;
      await requests.recover(upload.most);
    }
  }
}

/** The registry knows nothing of the upload, or not what we do. */
function isLost(error: unknown): boolean {
  const { status, codes = [] } = detailsOf(error);
  return status === 416 || (status === 404 && codes.some((code) => code.startsWith("BLOB_UPLOAD_")));
}

async function pauseOrCancel(requests: UploadRequests, wait: () => Promise<void>): Promise<void> {
  try {
    await wait();
  } catch (final) {
    requests.cancel();
    throw final;
  }
}
