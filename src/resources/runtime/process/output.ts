import type { Output } from "../run-spec.ts";
import type { OutputPipe } from "./pipes.ts";

/**
 * Both streams of a process as one, in the order of arrival. Leaving early closes no pipe: a runtime that copies into a
 * broken one dies, and leaves behind what it runs.
 */
export async function* readOutput(pipes: ReadonlyMap<Output["stream"], OutputPipe>): AsyncGenerator<Output, void> {
  let wake = Promise.withResolvers<void>();
  const news = (): void => wake.resolve();
  for (const pipe of pipes.values()) pipe.notify(news);
  try {
    for (;;) {
      wake = Promise.withResolvers();
      let isOver = true;
      for (const [stream, pipe] of pipes) {
        const bytes = pipe.take();
        if (bytes !== null) yield { stream, bytes };
        isOver &&= bytes === null && pipe.isOver;
      }
      if (isOver) return;
      if ([...pipes.values()].every((pipe) => pipe.isEmpty)) await wake.promise;
    }
  } finally {
    for (const pipe of pipes.values()) pipe.discard();
  }
}
