import { requestCase } from "./request-case.ts";

/** What one request costs before any work is done: the floor under every short row of the table. */
export const ping = requestCase("ping", [{ id: "ping", title: "ping" }], async ({ target }) => [
  { measure: "ping", value: (await target.client.ask("GET", "/_ping")).elapsedMs },
]);
