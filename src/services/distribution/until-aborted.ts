/** Chunks until the signal fires, which ends them even while one is awaited; what comes after that is nobody's. */
export async function* untilAborted(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const stop = (): void => resolve(undefined);
  signal.addEventListener("abort", stop, { once: true });
  let pending: Promise<IteratorResult<Uint8Array>> | undefined;
  try {
    while (!signal.aborted) {
      pending = iterator.next();
      const result = await Promise.race([pending, aborted]);
      if (result === undefined) break;
      pending = undefined;
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    // A source that is waiting cannot be left before it has something, and nobody waits for that.
    pending?.catch(() => undefined);
    const left = iterator.return?.();
    if (pending === undefined) await left;
    else left?.catch(() => undefined);
  }
}
