// Builds the package that is published: `dist/` is its root, so `npm pack ./dist` and `npm publish ./dist`.
//
//   npm run build [-- folder]
//
// The manifest in the repository serves those who work on Slipway: it brings a Node along, its scripts run the sources.
// The published one is derived here: Node becomes a requirement, names lead to what the compiler made.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = resolve(process.argv[2] ?? join(ROOT, "dist"));
const DOCUMENTS = ["README.md", "LICENSE", "CHANGELOG.md", "ARCHITECTURE.md"];
/** What a user of the package has no use for. */
const LEFT_OUT = ["private", "scripts", "devDependencies", "optionalDependencies"];

if (process.argv[2] !== undefined && existsSync(DIST)) throw new Error(`cannot build into "${DIST}": it exists`);
rmSync(DIST, { recursive: true, force: true });
execFileSync(join(ROOT, "node_modules", ".bin", "tsc"), ["-p", "tsconfig.build.json", "--outDir", DIST], { cwd: ROOT, stdio: "inherit" });
const manifest = publishedManifest(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")));
writeFileSync(join(DIST, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
for (const program of Object.values(manifest.bin)) chmodSync(join(DIST, program), 0o755);
for (const name of DOCUMENTS) if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(DIST, name));
console.log(`built ${manifest.name} ${manifest.version} in ${DIST}`);

function publishedManifest(repository) {
  const kept = Object.entries(repository).filter(([key]) => !LEFT_OUT.includes(key));
  return { ...withoutSources(Object.fromEntries(kept)), engines: { node: ">=24" } };
}

/** Drops the `source` conditions and takes `./dist` for the root, at any depth. */
function withoutSources(value) {
  if (typeof value === "string") return value.replace(/^\.\/dist\//, "./");
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "source")
      .map(([key, inner]) => [key, withoutSources(inner)]),
  );
}
