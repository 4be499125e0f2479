import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test } from "node:test";
import { deviceNumber, machineDevices, parseDeviceRule, requestedDevices } from "./devices.ts";

test("a device's number is two", () => {
  assert.deepEqual(deviceNumber(statSync("/dev/null").rdev), { major: 1, minor: 3 });
  assert.deepEqual(deviceNumber(0x1111_0370), { major: 259, minor: 70_000 });
});

test("rules name a kind, numbers or any, and rights", () => {
  assert.deepEqual(parseDeviceRule("c 1:3 rwm"), { allow: true, type: "c", major: 1, minor: 3, access: "rwm" });
  assert.deepEqual(parseDeviceRule("a *:* m"), { allow: true, type: "a", access: "m" });
  for (const text of ["", "c 1:3", "d 1:3 r", "c 1:3 x", "c 1:3 rwmr", "c 1 3 r"]) {
    assert.throws(() => parseDeviceRule(text), { message: `invalid device cgroup rule format: '${text}'` });
  }
});

test("the machine's devices have their own paths, and terminals are none of them", async () => {
  const devices = await machineDevices();
  const zero = devices.find(({ path }) => path === "/dev/zero");
  assert.deepEqual([zero?.type, zero?.major, zero?.minor], ["c", 1, 5]);
  assert.ok(devices.every(({ path }) => path.startsWith("/dev/") && !path.startsWith("/dev/pts/") && path !== "/dev/console"));
});

test("a device gets the path and the rights that were asked for", async () => {
  const { nodes, rules } = await requestedDevices([{ source: "/dev/full", target: "/dev/x", permissions: "r" }]);
  assert.deepEqual([nodes[0]?.path, nodes[0]?.minor], ["/dev/x", 7]);
  assert.deepEqual(rules, [{ allow: true, type: "c", major: 1, minor: 7, access: "r" }]);
});
