import { get, post } from "../step.ts";
import type { Step } from "../step.ts";

import { ADA, signedIn } from "./pulling.ts";

function logIn(name: string, body: unknown): Step {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { ...post(`login: ${name}`, "/auth"), headers: { "content-type": "application/json" }, body: Buffer.from(text) };
}

function look(name: string, image: string, extra: Partial<Step> = {}): Step {
  return { ...get(`look: ${name}`, `/distribution/${image}/json`), ...extra };
}

/** `POST /auth`, `GET /images/search`, `GET /distribution/{name}/json`: what is asked without storing anything. */
export const asking: readonly Step[] = [
  logIn("right", { username: "ada", password: "correct horse", serveraddress: "{private}" }),
  logIn("right, by URL", { username: "ada", password: "correct horse", serveraddress: "http://{private}/v2/" }),
  logIn("a wrong password", { username: "ada", password: "wrong", serveraddress: "{private}" }),
  logIn("no password", { serveraddress: "{private}" }),
  logIn("where none is wanted", { username: "ada", password: "any", serveraddress: "{plain}" }),
  logIn("where nobody listens", { username: "ada", password: "any", serveraddress: "{absent}" }),
  logIn("without TLS where it is wanted", { username: "ada", password: "any", serveraddress: "{unsafe}" }),
  logIn("no JSON", "garbage"),
  logIn("nothing", ""),
  get("search: words", "/images/search", { term: "{faulty}/busybox" }),
  get("search: a few", "/images/search", { term: "{faulty}/busybox", limit: "1" }),
  get("search: too many", "/images/search", { term: "{faulty}/busybox", limit: "101" }),
  get("search: no number", "/images/search", { term: "{faulty}/busybox", limit: "x" }),
  get("search: official", "/images/search", { term: "{faulty}/busybox", filters: '{"is-official":["true"]}' }),
  get("search: starred", "/images/search", { term: "{faulty}/busybox", filters: '{"stars":["50"]}' }),
  get("search: stars that are none", "/images/search", { term: "{faulty}/busybox", filters: '{"stars":["many"]}' }),
  get("search: automated", "/images/search", { term: "{faulty}/busybox", filters: '{"is-automated":["true"]}' }),
  get("search: an unknown filter", "/images/search", { term: "{faulty}/busybox", filters: '{"nope":["1"]}' }),
  get("search: no words", "/images/search", { term: "" }),
  get("search: an answer that is no JSON", "/images/search", { term: "{faulty}/broken" }),
  get("search: a registry that is down", "/images/search", { term: "{faulty}/down" }),
  get("search: a registry without search", "/images/search", { term: "{plain}/busybox" }),
  get("search: where nobody listens", "/images/search", { term: "{absent}/busybox" }),
  look("an image", "{plain}/t/app:1"),
  look("an image by digest", "{plain}/t/app@{app}"),
  look("an image without a tag", "{plain}/t/app"),
  look("an OCI image", "{plain}/t/oci:1"),
  look("an index", "{plain}/t/multi:1"),
  look("an index with attestations", "{plain}/t/attested:1"),
  look("a chart", "{plain}/t/helm:1"),
  look("an artifact", "{plain}/t/artifact:1"),
  look("an unknown tag", "{plain}/t/app:none"),
  look("an unknown repository", "{plain}/t/none:1"),
  look("capitals", "{plain}/T/App:1"),
  look("an ID", "{zeros}"),
  look("a private image", "{private}/t/app:1", ADA),
  look("a private image without credentials", "{private}/t/app:1"),
  look("a private image with a wrong password", "{private}/t/app:1", signedIn("ada", "wrong")),
  look("where nobody listens", "{absent}/t/app:1"),
  look("without TLS where it is wanted", "{unsafe}/t/app:1"),
  ...["denied", "forbidden", "html", "hidden", "busy", "busy-plain", "words", "unknown-type", "schema1", "no-json", "down"].map((fault) =>
    look(`a fault: ${fault}`, `{faulty}/f/${fault}:1`),
  ),
];
