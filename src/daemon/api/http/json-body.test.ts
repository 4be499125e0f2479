import assert from "node:assert/strict";
import { after, test } from "node:test";
import { serveApi } from "../../../../test/api/serve-api.ts";
import { stubEngine } from "../../../../test/api/stub-engine.ts";

const api = await serveApi(stubEngine(), { limits: { jsonBody: 1000 } });
after(() => api[Symbol.asyncDispose]());

const UNDERSTOOD = "config cannot be empty in order to create a container";
const malformed = (type: string, fault: string): string => `malformed Content-Type header (${type}): mime: ${fault}`;

/** As the reference engine 28.5 answered `POST /containers/create`. */
const CASES: readonly [type: string, body: string, message: string][] = [
  ["application/json", '{"HostConfig":{}}', UNDERSTOOD],
  ["application/JSON; charset=utf-8", "{}", UNDERSTOOD],
  ["application/json;", "null", UNDERSTOOD],
  ["text/plain", "{}", "unsupported Content-Type header (text/plain): must be 'application/json'"],
  ["bad/ /x", "{}", malformed("bad/ /x", "expected token after slash")],
  [";", "{}", malformed(";", "no media type")],
  ["/json", "{}", malformed("/json", "no media type")],
  ["a b", "{}", malformed("a b", "expected slash after first token")],
  ["application/json; x", "{}", malformed("application/json; x", "invalid media parameter")],
  ["", "{}", malformed("", "no media type")],
  ["", "", "invalid JSON: got EOF while reading request body"],
  ["application/json", "", "invalid JSON: got EOF while reading request body"],
  ["application/json", '{"a":', "invalid JSON: unexpected EOF"],
  ["application/json", "{} {}", "unexpected content after JSON"],
  ["application/json", `{"a":"${"b".repeat(1000)}"}`, "http: request body too large"],
];

for (const [type, body, message] of CASES) {
  test(`a body ${JSON.stringify(body.slice(0, 20))} of type "${type}" gets: ${message}`, async () => {
    const reply = await api.ask("POST /containers/create", { body, headers: type === "" ? {} : { "Content-Type": type } });
    assert.deepEqual([reply.status, reply.text], [400, `${JSON.stringify({ message })}\n`]);
  });
}
