import { get, post, remove } from "../step.ts";
import type { Step } from "../step.ts";

const RAW = { prefix: "raw" } as const;

/** Routing, versions, headers: what comes before any image. */
export const transport: readonly Step[] = [
  get("transport: ping", "/_ping"),
  { name: "transport: ping by HEAD", method: "HEAD", path: "/_ping" },
  get("transport: ping without a version", "/_ping", {}, RAW),
  get("transport: version", "/version", {}, { keep: "shape" }),
  get("transport: version without a version", "/version", {}, { prefix: "raw", keep: "shape" }),
  get("transport: info", "/info", {}, { keep: "shape" }),
  get("transport: unknown path", "/nope"),
  get("transport: unknown path without a version", "/nope", {}, RAW),
  get("transport: trailing slash", "/images/json/"),
  post("transport: wrong method", "/images/json"),
  { name: "transport: PUT", method: "PUT", path: "/images/json" },
  { name: "transport: HEAD on a list", method: "HEAD", path: "/images/json" },
  { name: "transport: OPTIONS on a list", method: "OPTIONS", path: "/images/json" },
  { name: "transport: OPTIONS on nothing", method: "OPTIONS", path: "/nope" },
  get("transport: double slash in front", "//images/json"),
  get("transport: double slash inside", "/images/a//b/json"),
  get("transport: dot segment", "/images/./json"),
  get("transport: parent segment", "/images/x/../json"),
  get("transport: escaped slash", "/images/no%2Fsuch/json"),
  get("transport: plain slash", "/images/no/such/json"),
  get("transport: version of letters", "/vx/images/json", {}, RAW),
  get("transport: version too old", "/v1.23/images/json", {}, RAW),
  get("transport: version far too old", "/v1.9/_ping", {}, RAW),
  get("transport: version of one part", "/v1/images/json", {}, RAW),
  get("transport: version without a first part", "/v.51/images/json", {}, RAW),
  get("transport: version too new", "/v1.99/images/json", {}, RAW),
  get("transport: version of the next century", "/v2.0/_ping", {}, RAW),
  get("transport: version with a leading zero", "/v01.41/_ping", {}, RAW),
  get("transport: version of three parts", "/v1.41.1/_ping", {}, RAW),
  get("transport: unknown path of an old version", "/v1.12/nope", {}, RAW),
  get("transport: bad escape in the query", "/images/json?all=%zz", {}, RAW),
  get("transport: semicolon in the query", "/images/json?all=1;b=2", {}, RAW),
  remove("transport: an image called json", "/images/json"),
  get("transport: an empty list", "/images/json"),
  get("transport: an image called json, inspected", "/images/json/json"),
  get("transport: an image called get, saved", "/images/get/get"),
  post(
    "transport: a body that claims to be a form",
    "/images/load",
    {},
    {
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: Buffer.from("a;b"),
    },
  ),
];
