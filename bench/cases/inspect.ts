import { tinyTag } from "../corpus/index.ts";
import { requestCase } from "./request-case.ts";

export const inspect = requestCase("inspect", [{ id: "inspect", title: "inspect", goal: { below: 0.4 } }], async ({ target }, serial) => [
  { measure: "inspect", value: (await target.client.ask("GET", `/images/${tinyTag(serial)}/json`)).elapsedMs },
]);
