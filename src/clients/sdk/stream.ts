import type { HttpResponse } from "./transport.ts";

/** A stream whose connection is open: read it once, to its end or as far as you like, or dispose it. */
export interface Stream<T> extends AsyncIterable<T>, AsyncDisposable {}

/** `items` reads `response`. A generator that nobody has begun runs no `finally`, so the response is closed beside it. */
export function streamOf<T>(items: AsyncGenerator<T>, response: HttpResponse): Stream<T> {
  return {
    [Symbol.asyncIterator]: () => items,
    [Symbol.asyncDispose]: async () => {
      // First, because `return` waits for a read that may never end otherwise.
      response.close();
      await items.return(undefined);
    },
  };
}

/** Reads a stream to its end and resolves with its result: `await resultOf(client.imageLoad(archive))`. */
export async function resultOf<R>(stream: AsyncGenerator<unknown, R>): Promise<R> {
  for (;;) {
    const { done, value } = await stream.next();
    if (done === true) return value;
  }
}
