import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isEngineError } from "#errors";
import { parseRunMount } from "./run-mount.ts";

function parse(text: string): unknown {
  try {
    return parseRunMount(text, (value) => value.replaceAll("$A", "1"));
  } catch (error) {
    if (!isEngineError(error, "invalid-argument")) throw error;
    return error.message;
  }
}

const bind = { type: "bind", isReadOnly: true, isRequired: false };

const cases: readonly [string, unknown][] = [
  ["target=/a", { ...bind, target: "/a" }],
  ["type=bind,src=x,dst=/a,from=y,rw", { ...bind, isReadOnly: false, source: "x", target: "/a", from: "y" }],
  ["TYPE=Cache,Target=/a,id=i,sharing=LOCKED", { ...bind, type: "cache", isReadOnly: false, target: "/a", id: "i", sharing: "locked" }],
  ["type=cache,destination=/a$A,mode=0755,uid=$A,gid=2,ro", { ...bind, type: "cache", target: "/a1", mode: 0o755, uid: 1, gid: 2 }],
  ["type=tmpfs,target=/a,size=1.5m", { ...bind, type: "tmpfs", isReadOnly: false, target: "/a", size: 1572864 }],
  ["type=tmpfs,target=/a,size=2GiB", { ...bind, type: "tmpfs", isReadOnly: false, target: "/a", size: 2 ** 31 }],
  ["type=secret,id=a,env=E,required", { ...bind, type: "secret", id: "a", env: "E", isRequired: true }],
  ["type=ssh,required=false", { ...bind, type: "ssh" }],
  ['"target=/a,b",readwrite=0', { ...bind, target: "/a,b" }],
  // From here on the words of Docker Engine 28.5.2.
  ["targt=/x", "unexpected key 'targt' in 'targt=/x' (did you mean target?)"],
  ["type=foo", 'unsupported mount type "foo"'],
  ["type=bin", 'unsupported mount type "bin" (did you mean bind?)'],
  ["type=bind,mode=1", 'mode not allowed for "bind" type mounts'],
  ["type=tmpfs,mode=1", 'mode not allowed for "tmpfs" type mounts'],
  ["type=bind,size=1", "unexpected key 'size' for mount type 'bind'"],
  ["type=cache,sharing=foo", 'unsupported sharing value "foo"'],
  ["type=bind,sharing=shared", "invalid cache sharing set for bind mount"],
  ["type=tmpfs,size=x", "invalid value for size: x"],
  ["type=secret", "invalid secret mount. one of source, target required"],
  ["type=secret,id=a,source=b", "both source and id can't be set"],
  ["type=secret,sharing=shared,id=a", "secret mount should not define sharing"],
  ["type=cache,mode=9", "invalid value 9 for mode"],
  ["type=cache,uid=-1", "invalid value -1 for uid"],
  ["type=cache,uid=4294967296", "invalid value 4294967296 for uid"],
  ["required", "unexpected key 'required' for mount type 'bind'"],
  ["required=true", "unexpected key 'required' for mount type 'bind'"],
  ["type=ssh,required=maybe", "invalid value for required: maybe"],
  ["ro=x", "invalid value for ro: x"],
  ["rw=x", "invalid value for rw: x"],
  ["sharin=x", "unexpected key 'sharin' in 'sharin=x' (did you mean sharing?)"],
  ["foo", "invalid field 'foo' must be a key=value pair"],
  ["from=$A", "'from' doesn't support variable expansion, define alias stage instead"],
  ["", "failed to parse csv mounts: EOF"],
];

describe("parseRunMount()", () => {
  for (const [text, expected] of cases) {
    it(`answers ${JSON.stringify(text)} with ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(parse(text), expected);
    });
  }
});
