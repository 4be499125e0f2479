import assert from "node:assert/strict";
import { test } from "node:test";
import { FOREIGN_KEYS, FOREIGN_OPTIONS } from "./foreign-options.ts";
import { helpText } from "./help-text.ts";
import { OPTIONS } from "./options.ts";
import { defaultPlaces } from "./places.ts";

/** `dockerd --help` of Docker Engine 28.5. */
const DOCKERD_FLAGS =
  "add-runtime allow-direct-routing authorization-plugin bip bip6 bridge cdi-spec-dir cgroup-parent config-file containerd containerd-namespace " +
  "containerd-plugins-namespace cpu-rt-period cpu-rt-runtime cri-containerd data-root debug default-address-pool default-cgroupns-mode " +
  "default-gateway default-gateway-v6 default-ipc-mode default-network-opt default-runtime default-shm-size default-ulimit dns dns-opt dns-search " +
  "exec-opt exec-root experimental feature fixed-cidr fixed-cidr-v6 group help host host-gateway-ip http-proxy https-proxy icc init init-path " +
  "insecure-registry ip ip-forward ip-forward-no-drop ip-masq ip6tables iptables ipv6 label live-restore log-driver log-format log-level log-opt " +
  "max-concurrent-downloads max-concurrent-uploads max-download-attempts metrics-addr mtu network-control-plane-mtu no-new-privileges no-proxy " +
  "node-generic-resource pidfile raw-logs registry-mirror rootless seccomp-profile selinux-enabled shutdown-timeout storage-driver storage-opt " +
  "swarm-default-advertise-addr tls tlscacert tlscert tlskey tlsverify userland-proxy userland-proxy-path userns-remap validate version";

test("every flag of dockerd is known: supported, or refused with a reason", () => {
  const known = new Set([...OPTIONS, ...FOREIGN_OPTIONS].map((option) => option.flag));
  assert.deepEqual(
    DOCKERD_FLAGS.split(" ").filter((flag) => !known.has(flag)),
    [],
  );
});

test("no flag, shorthand or key stands for two things", () => {
  const all = [...OPTIONS, ...FOREIGN_OPTIONS];
  for (const names of [
    all.map((option) => option.flag),
    all.flatMap((option) => option.short ?? []),
    OPTIONS.flatMap((option) => option.key ?? []),
  ]) {
    assert.equal(new Set(names).size, names.length);
  }
  for (const { key } of OPTIONS) assert.ok(key === undefined || !FOREIGN_KEYS.has(key), key);
});

test("the help shows every option within 120 columns", () => {
  const help = helpText(defaultPlaces({ environment: {}, uid: 0, pid: 1, home: "/root" }));
  for (const { flag } of OPTIONS) assert.ok(help.includes(`--${flag}`), flag);
  for (const line of help.split("\n")) assert.ok(line.length <= 120, line);
});
