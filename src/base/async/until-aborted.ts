/** Chunks until the signal fires, which ends them even while one is awaited; what comes after that is nobody's. */
export async function* untilAborted<T>(chunks: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = chunks[Symbol.asyncIterator]();
  let stop: () => void = () => undefined;
  let isWaiting = false;
  // Not `Promise.race`: a promise that outlives the race would keep every chunk that ever won against it.
  const next = (): Promise<IteratorResult<T> | undefined> =>
    new Promise((resolve, reject) => {
      stop = () => resolve(undefined);
      iterator.next().then(resolve, reject);
    });
  const onAbort = (): void => stop();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    while (!signal.aborted) {
      isWaiting = true;
      const result = await next();
      if (result === undefined) return;
      isWaiting = false;
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    const left = iterator.return?.();
    // A source that is waiting cannot be left before it has something, and nobody waits for that.
    if (isWaiting) left?.catch(() => undefined);
    else await left;
  }
}
