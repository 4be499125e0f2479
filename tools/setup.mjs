// Makes a fresh clone runnable: npm packages first, then what Debian has to give. Runs before `npm start` and `npm test`.
//
//   node tools/setup.mjs start|test
//
// Plain JavaScript for Node 18 and newer, without packages: it runs before there are any. When nothing is to do it
// must not be felt.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MODULES = join(ROOT, "node_modules");
const STAMP = join(MODULES, ".setup-stamp");
const WANTED_NODE = 24;

const purpose = process.argv[2] === "test" ? "test" : "start";

installPackages();
requireNode();
const { installSystemPackages } = await import("./setup-system.mjs");
installSystemPackages(purpose);

function installPackages() {
  const lock = readFileSync(join(ROOT, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).digest("hex");
  if (readIfThere(STAMP) === wanted) return;
  if (!isInstalled(JSON.parse(lock.toString()))) {
    console.error("setup: installing npm packages, as the lock file has them");
    // Not `npm ci`: it gives up when a registry lacks a package for some other system, which nobody here would install.
    // No package needs its install script; not running any is quicker, and safer.
    const { status, error } = spawnSync(
      "npm",
      ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
      {
        cwd: ROOT,
        stdio: ["ignore", "inherit", "inherit"],
        env: environmentOutside(),
      },
    );
    if (status !== 0) {
      console.error(
        `setup: npm install failed${error === undefined ? "" : `: ${error.message}`}; the registry must be reachable for the first start`,
      );
      process.exit(1);
    }
  }
  writeFileSync(STAMP, wanted);
}

/** Whether the packages are there already, installed by hand: npm leaves a list of what it put into node_modules. */
function isInstalled(lock) {
  const list = readIfThere(join(MODULES, ".package-lock.json"));
  if (list === undefined) return false;
  const installed = JSON.parse(list).packages;
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (path === "") return true;
    const found = installed[path];
    // Optional packages are there on the systems they are for.
    return found === undefined ? wanted.optional === true : found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/** npm itself must not run on the Node that it is about to replace. */
function environmentOutside() {
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.startsWith(MODULES));
  return { ...process.env, PATH: path.join(delimiter) };
}

/** The scripts run on the Node among the packages, where there is one for this system. */
function requireNode() {
  const hasOwn = existsSync(join(MODULES, ".bin", "node"));
  if (hasOwn || Number(process.versions.node.split(".")[0]) >= WANTED_NODE) return;
  console.error(`setup: Node ${WANTED_NODE} or newer is needed on this system, and this is ${process.version}`);
  process.exit(1);
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
