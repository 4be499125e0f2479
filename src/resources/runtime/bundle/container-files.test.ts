import assert from "node:assert/strict";
import { test } from "node:test";
import { buildHostsFile, resolvFile } from "./container-files.ts";

const MACHINE = "# by systemd\nnameserver 127.0.0.53\nsearch corp.example\noptions edns0 trust-ad\nnameserver 10.0.0.1\n";

test("in the machine's network its resolv.conf serves as it is", () => {
  assert.equal(resolvFile(MACHINE, undefined), MACHINE);
});

test("in another network one name server takes the place of all, and what they are asked for stays", () => {
  assert.equal(resolvFile(MACHINE, "10.0.2.3"), "nameserver 10.0.2.3\nsearch corp.example\noptions edns0 trust-ad\n");
});

test("extra hosts follow the container's own", () => {
  assert.equal(
    buildHostsFile({ hostname: "h", extraHosts: [{ host: "db", ip: "10.0.0.2" }] }),
    "127.0.0.1\tlocalhost h\n::1\tlocalhost ip6-localhost ip6-loopback\n10.0.0.2\tdb\n",
  );
});
