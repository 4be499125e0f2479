import assert from "node:assert/strict";
import { test } from "node:test";
import { isForbiddenAddress, namesAddress } from "./addresses.ts";

test("isForbiddenAddress() knows where clouds keep secrets, however it is spelt, and leaves the rest alone", () => {
  const forbidden = ["169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fe80::1", "fe80::1%eth0", "fd00:ec2::254"];
  const disguised = ["::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "::a9fe:a9fe", "2002:a9fe:a9fe::1"];
  for (const address of [...forbidden, ...disguised]) assert.equal(isForbiddenAddress(address), true, address);
  for (const address of ["127.0.0.1", "10.0.0.1", "192.168.1.1", "8.8.8.8", "::1", "fd00::1", "2001:4860::1", "2002:7f00:1::"])
    assert.equal(isForbiddenAddress(address), false, address);
});

test("namesAddress() tells addresses from names", () => {
  assert.deepEqual(["127.0.0.1", "[::1]", "localhost"].map(namesAddress), ["127.0.0.1", "::1", undefined]);
});
