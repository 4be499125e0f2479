/**
 * Does the same work for every item at once. The first failure aborts the signal of the others, and is what is thrown
 * when all of them have ended: nothing goes on behind the caller's back.
 */
export async function allOrAbort<T>(
  items: readonly T[],
  work: (item: T, signal: AbortSignal) => Promise<void>,
  outer: AbortSignal | undefined,
): Promise<void> {
  const inner = new AbortController();
  const signal = outer === undefined ? inner.signal : AbortSignal.any([outer, inner.signal]);
  const failures: unknown[] = [];
  await Promise.all(
    items.map((item) =>
      work(item, signal).catch((error: unknown) => {
        failures.push(error);
        inner.abort(error);
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}
