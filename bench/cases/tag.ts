import { tinyTag } from "../corpus/index.ts";
import { requestCase } from "./request-case.ts";

export const tag = requestCase(
  "tag",
  [
    { id: "tag", title: "tag" },
    { id: "untag", title: "untag" },
  ],
  async ({ target }, serial) => {
    const added = await target.client.ask("POST", `/images/${tinyTag(serial)}/tag?repo=bench.local/tagged&tag=t${serial}`, [201]);
    const removed = await target.client.ask("DELETE", `/images/bench.local/tagged:t${serial}`);
    return [
      { measure: "tag", value: added.elapsedMs },
      { measure: "untag", value: removed.elapsedMs },
    ];
  },
);
