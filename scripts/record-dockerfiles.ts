/**
 * Builds the Dockerfiles of the suite with the reference engine, BuildKit on the containerd store, and keeps what they come to:
 *
 *   node --conditions=source scripts/record-dockerfiles.ts ROOT SOCKET [CASE…]
 *
 * ROOT is the tree that the engine and its `docker` with buildx live in, SOCKET the engine's socket within. Images of
 * the names `suite/…` are made there, and removed at the end.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { baseNames, bases } from "../test/dockerfiles/bases.ts";
import { buildResult } from "../test/dockerfiles/build-result.ts";
import { caseNames, contextTar } from "../test/dockerfiles/context.ts";
import { options } from "../test/dockerfiles/options.ts";
import { recordedPath, recordedText } from "../test/dockerfiles/recorded.ts";

const [root, socket, ...wanted] = process.argv.slice(2);
if (root === undefined || socket === undefined) throw new Error("usage: record-dockerfiles.ts ROOT SOCKET [CASE…]");

const baseTars = await bases();
const names = baseNames(baseTars);
for (const [name, tar] of baseTars) docker(["import", "-", name], { input: tar });
const made: string[] = [];
try {
  for (const name of wanted.length > 0 ? wanted : caseNames) await record(name);
} finally {
  docker(["rmi", "--force", ...made, ...baseTars.keys()]);
}

async function record(name: string): Promise<void> {
  const image = `suite/${name}:1`;
  const folder = mkdtempSync(join(root ?? "", "tmp", "suite-"));
  try {
    const context = join(folder, "context");
    mkdirSync(context);
    execFileSync("tar", ["-x", "--same-owner", "-p", "-C", context], { input: await contextTar(name) });
    useOwnFrontend(join(context, "Dockerfile"));
    build(name, image, `/${folder.slice((root ?? "").length).replace(/^\/+/, "")}/context`);
    made.push(image);
    const archive = docker(["save", image]);
    writeFileSync(recordedPath(name), recordedText(buildResult(archive, names)));
    console.log(name);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The engine would fetch what a `# syntax=` line names from a registry. */
function useOwnFrontend(dockerfile: string): void {
  writeFileSync(dockerfile, readFileSync(dockerfile, "utf8").replace(/^# *syntax *=.*/, "#"));
}

function build(name: string, image: string, context: string): void {
  const { target, buildArgs = {}, labels = {}, secrets = {} } = options[name] ?? {};
  const flags = [
    ...(target === undefined ? [] : ["--target", target]),
    ...Object.entries(buildArgs).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]),
    ...Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
    ...Object.keys(secrets).flatMap((id) => ["--secret", `id=${id},env=SECRET_${id}`]),
  ];
  const environment = Object.fromEntries(Object.entries(secrets).map(([id, value]) => [`SECRET_${id}`, value]));
  docker(["build", "--quiet", "--no-cache", "--network", "none", "--provenance=false", "-t", image, ...flags, context], { environment });
}

interface DockerOptions {
  readonly input?: Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
}

function docker(args: readonly string[], { input = new Uint8Array(), environment = {} }: DockerOptions = {}): Buffer {
  return execFileSync("chroot", [root ?? "", "docker", "-H", `unix://${socket}`, ...args], {
    input,
    env: { ...process.env, ...environment },
    maxBuffer: 2 ** 30,
    stdio: ["pipe", "pipe", "inherit"],
  });
}
