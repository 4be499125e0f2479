// What comes from Debian. Installs it when that is possible, else says what is missing and carries on: whatever needs
// none of it works, and tests that do are skipped with the reason.
//
// SLIPWAY_NO_APT=1 keeps the machine as it is.
import { spawnSync } from "node:child_process";
import { accessSync, chmodSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * `found` says whether it is here, without starting a process: this runs before every start.
 * Of `packages` the first that the distribution has is taken.
 */
const NEEDS = [
  {
    purposes: ["start", "test"],
    what: "an OCI runtime, for containers and RUN",
    packages: ["runc"],
    found: () => hasCommand("runc") || hasCommand("crun"),
  },
  {
    purposes: ["start", "test"],
    what: "slirp4netns, for containers and RUN with network",
    packages: ["slirp4netns"],
    found: () => hasCommand("slirp4netns"),
  },
  {
    purposes: ["start", "test"],
    what: "an init process, for docker run --init",
    packages: ["tini"],
    found: () => ["docker-init", "tini-static", "tini", "catatonit"].some(hasCommand),
  },
  {
    purposes: ["start", "test"],
    what: "ps, for docker top",
    packages: ["procps"],
    found: () => hasCommand("ps"),
  },
  {
    purposes: ["start", "test"],
    what: "git, for remote contexts",
    packages: ["git"],
    found: () => hasCommand("git"),
  },
  {
    purposes: ["start", "test"],
    what: "OpenSSH's agent, for keys that a build is given",
    packages: ["openssh-client"],
    found: () => hasCommand("ssh-agent") && hasCommand("ssh-add"),
  },
  command("busybox", ["busybox-static"]),
  command("docker", ["docker-cli", "docker.io"]),
  command("docker-registry"),
  command("tmux"),
  command("skopeo"),
  command("umoci"),
  command("xz", ["xz-utils"]),
  command("zstd"),
  command("bzip2"),
  command("jq"),
  command("curl"),
  command("openssl"),
  {
    purposes: ["test"],
    what: "docker-py",
    packages: ["python3-docker"],
    found: () => existsSync("/usr/bin/python3") && existsSync("/usr/lib/python3/dist-packages/docker/__init__.py"),
  },
];

/** Units that the packages above bring along and enable; nothing here uses them as services. */
const SERVICES = ["docker.service", "docker.socket", "containerd.service", "docker-registry.service"];

export function installSystemPackages(purpose) {
  const missing = () => NEEDS.filter((need) => need.purposes.includes(purpose) && !need.found());
  if (missing().length === 0) return;
  const reason = whyNot();
  if (reason === undefined) install(missing());
  tell(missing(), reason);
}

function whyNot() {
  if (process.env.SLIPWAY_NO_APT === "1") return "SLIPWAY_NO_APT is set";
  if (!hasCommand("apt-get")) return "there is no apt-get";
  if (process.geteuid?.() !== 0) return "only root may install";
  return undefined;
}

function install(needs) {
  console.error("setup: looking for Debian packages (apt-get update)");
  if (!apt(["update", "-q"])) console.error("setup: apt-get update failed, trying with the lists there are");
  const packages = needs.map((need) => need.packages.find(isAvailable)).filter((name) => name !== undefined);
  if (packages.length === 0) return;
  console.error(`setup: installing ${packages.join(", ")}`);
  const enabledBefore = new Set(enabledServices());
  withoutServices(() => apt(["install", "-q", "-y", "--no-install-recommends", ...packages]));
  for (const link of enabledServices()) if (!enabledBefore.has(link)) rmSync(link);
}

function apt(args) {
  const { status } = spawnSync("apt-get", ["-o", "DPkg::Lock::Timeout=120", ...args], {
    // stdout belongs to the program that starts after this.
    stdio: ["ignore", 2, "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return status === 0;
}

function isAvailable(name) {
  const { stdout } = spawnSync("apt-cache", ["policy", name], { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
  return /^\s*Candidate: (?!\(none\))/m.test(stdout);
}

/** Debian starts what it installs, unless this file forbids it; one that an administrator wrote stays. */
function withoutServices(action) {
  const policy = "/usr/sbin/policy-rc.d";
  if (existsSync(policy)) return action();
  const remove = () => rmSync(policy, { force: true });
  process.once("exit", remove);
  writeFileSync(policy, "#!/bin/sh\n# Made by Slipway's set-up for as long as it runs.\nexit 101\n");
  chmodSync(policy, 0o755);
  try {
    return action();
  } finally {
    remove();
    process.removeListener("exit", remove);
  }
}

/** The links that start a service at the next boot. */
function enabledServices() {
  const folders = ["multi-user.target.wants", "sockets.target.wants"].map((name) => join("/etc/systemd/system", name));
  return folders.flatMap((folder) => SERVICES.map((service) => join(folder, service))).filter((link) => existsSync(link));
}

function tell(missing, reason) {
  if (missing.length === 0) return;
  console.error(`setup: some things are missing${reason === undefined ? ", and Debian did not have them" : `; ${reason}`}:`);
  for (const { what, packages } of missing) console.error(`  ${what.padEnd(24)}  Debian package ${packages.join(" or ")}`);
  console.error(`  install with: apt-get install --no-install-recommends ${missing.map(({ packages }) => packages.at(-1)).join(" ")}`);
  console.error("setup: carrying on without");
}

function command(name, packages = [name]) {
  return { purposes: ["test"], what: `the command ${name}`, packages, found: () => hasCommand(name) };
}

function hasCommand(name) {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
