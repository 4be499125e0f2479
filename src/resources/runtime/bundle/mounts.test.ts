import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExtraMount } from "../run-spec.ts";
import { mountsFor, rootPropagation } from "./mounts.ts";

const FACTS = {
  files: { hosts: "/f/hosts", resolv: "/f/resolv.conf", hostname: "/f/hostname" },
  sharedMemory: undefined,
  hasWritableCgroups: false,
  init: undefined,
};

function bind(target: string, more: Partial<Extract<ExtraMount, { type: "bind" }>> = {}): ExtraMount {
  return { type: "bind", source: "/src", target, isReadonly: false, isFile: false, ...more };
}

function places(mounts: readonly ExtraMount[]): string[] {
  return mountsFor({ mounts, isOpen: false }, FACTS).map(({ destination }) => destination);
}

test("what is deeper is mounted later, and a container's own files over folders of the user's", () => {
  const system = ["/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/dev/shm"];
  const own = ["/etc/resolv.conf", "/etc/hostname", "/etc/hosts"];
  assert.deepEqual(places([bind("/a/b/c"), bind("/etc"), bind("/a")]), [...system, "/etc", "/a", ...own, "/a/b/c"]);
});

test("a mount of the user's takes the place of the system's", () => {
  assert.equal(places([bind("/dev/shm")]).filter((place) => place === "/dev/shm").length, 1);
  assert.deepEqual(
    places([bind("/dev")]).filter((place) => place.startsWith("/dev")),
    ["/dev"],
  );
  assert.deepEqual(places([bind("/etc/hosts", { isFile: true })]).filter((place) => place === "/etc/hosts").length, 1);
});

const OPTIONS = [
  [bind("/b"), ["rbind", "rprivate"]],
  [bind("/b", { isReadonly: true, isShallow: true, propagation: "rshared" }), ["bind", "rshared", "ro"]],
  [{ type: "tmpfs", target: "/t", options: "" }, ["noexec", "nosuid", "nodev"]],
  [{ type: "tmpfs", target: "/t", options: "exec,size=1m,nosuid" }, ["nodev", "exec", "size=1m", "nosuid"]],
  [{ type: "tmpfs", target: "/t", size: 4096 }, ["nosuid", "nodev", "mode=1777", "size=4096"]],
] as const;

for (const [mount, options] of OPTIONS) {
  test(`options of ${JSON.stringify(mount)}`, () => {
    const made = mountsFor({ mounts: [mount], isOpen: false }, FACTS).find(({ destination }) => destination === mount.target);
    assert.deepEqual(made?.options, options);
  });
}

test("memory is the container's own, shared, or none", () => {
  const shm = (ipc: "none" | "private", sharedMemory?: string): string | undefined =>
    mountsFor({ ipc, isOpen: false }, { ...FACTS, sharedMemory }).find(({ destination }) => destination === "/dev/shm")?.source;
  assert.deepEqual([shm("private"), shm("private", "/other/shm"), shm("none")], ["shm", "/other/shm", undefined]);
});

test("one mount that hands on mounts decides for the whole root", () => {
  assert.equal(rootPropagation([bind("/a")]), undefined);
  assert.equal(rootPropagation([bind("/a", { propagation: "slave" })]), "rslave");
  assert.equal(rootPropagation([bind("/a", { propagation: "rslave" }), bind("/b", { propagation: "shared" })]), "shared");
});
