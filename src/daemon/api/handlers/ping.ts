import { empty, plainText } from "../http/answer.ts";
import type { WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";

/** Builder 1 sends `docker build` to `POST /build`; 2 would make it speak BuildKit's own protocol, which is not served. */
const HEADERS = {
  "Builder-Version": "1",
  "Cache-Control": "no-cache, no-store, must-revalidate",
  Pragma: "no-cache",
  Swarm: "inactive",
};

export function ping(_call: Call): WholeAnswer {
  return plainText("OK", 200, HEADERS);
}

export function pingHead(_call: Call): WholeAnswer {
  return empty(200, { "Content-Type": "text/plain; charset=utf-8", ...HEADERS });
}
