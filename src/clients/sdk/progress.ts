import { decodeJsonStream } from "#wire";
import type { ProgressJson } from "#wire";
import { streamedFailure } from "./failures.ts";
import { open } from "./session.ts";
import type { Call, Session } from "./session.ts";

/** What a long operation says on its way; failures are thrown and never among them. */
export type Progress = Omit<ProgressJson, "error" | "errorDetail">;

/** Sends the request when the first line is asked for. */
export async function* readProgress(session: Session, call: Call): AsyncGenerator<Progress, void> {
  const response = await open(session, call);
  try {
    for await (const { error, errorDetail, ...progress } of decodeJsonStream<ProgressJson>(response.body)) {
      if (errorDetail !== undefined) throw streamedFailure(errorDetail);
      if (error !== undefined) throw streamedFailure({ message: error });
      yield progress;
    }
  } finally {
    response.close();
  }
}
