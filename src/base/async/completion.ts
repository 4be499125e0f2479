/** Drains a stream of events and returns its last one, which by convention carries the result (`type: "done"`). */
export async function completion<E extends { readonly type: string }>(events: AsyncIterable<E>): Promise<Extract<E, { type: "done" }>> {
  let done: Extract<E, { type: "done" }> | undefined;
  for await (const event of events) {
    if (event.type === "done") done = event as Extract<E, { type: "done" }>;
  }
  if (done === undefined) throw new Error("the stream of events ended without its result");
  return done;
}
