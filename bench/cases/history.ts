import { tinyTag } from "../corpus/index.ts";
import { requestCase } from "./request-case.ts";

export const history = requestCase("history", [{ id: "history", title: "history" }], async ({ target }, serial) => [
  { measure: "history", value: (await target.client.ask("GET", `/images/${tinyTag(serial)}/history`)).elapsedMs },
]);
