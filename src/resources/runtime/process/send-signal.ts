import { notFound } from "#errors";

const FINISHED = "process already finished";

/** @throws not-found, in Docker's words, when there is nobody to get it. */
export function sendSignal(pid: number, signal: number): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") throw processFinished(error);
    throw error;
  }
}

/** Not-found, with `details.isOver`. */
export function processFinished(cause?: unknown): Error {
  return notFound(FINISHED, { cause, details: { isOver: true } });
}
