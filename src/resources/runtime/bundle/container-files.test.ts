import assert from "node:assert/strict";
import { test } from "node:test";
import { buildHostsFile, containerHostsFile, containerResolvFile, resolvFile } from "./container-files.ts";

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

const LOCAL = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

test("a container finds Docker's hosts, those it was given, and itself where it has an address", () => {
  const extraHosts = [{ host: "db", ip: "10.0.0.2" }];
  const facts = { machine: "1.2.3.4 machine", address: undefined };
  assert.equal(containerHostsFile({ hostname: "h", network: "none", extraHosts }, facts), `${LOCAL}10.0.0.2\tdb\n`);
  const named = containerHostsFile({ hostname: "h", domainname: "d.example", network: "default" }, { ...facts, address: "10.0.2.100" });
  assert.equal(named, `${LOCAL}10.0.2.100\th.d.example h\n`);
  assert.equal(containerHostsFile({ hostname: "h", network: "host", extraHosts }, facts), "1.2.3.4 machine\n10.0.0.2\tdb\n");
});

const RESOLV = [
  [{}, MACHINE],
  [{ dns: ["9.9.9.9"] }, "nameserver 9.9.9.9\nsearch corp.example\noptions edns0 trust-ad\n"],
  [{ dnsSearch: ["a", "b"] }, "nameserver 127.0.0.53\nnameserver 10.0.0.1\nsearch a b\noptions edns0 trust-ad\n"],
  [{ dnsSearch: ["."] }, "nameserver 127.0.0.53\nnameserver 10.0.0.1\noptions edns0 trust-ad\n"],
  [{ dnsOptions: ["ndots:1"] }, "nameserver 127.0.0.53\nnameserver 10.0.0.1\nsearch corp.example\noptions ndots:1\n"],
] as const;

for (const [wish, text] of RESOLV) {
  test(`name servers with ${JSON.stringify(wish)}`, () => assert.equal(containerResolvFile(MACHINE, undefined, wish), text));
}
