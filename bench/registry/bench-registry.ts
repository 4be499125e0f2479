import { createReadStream } from "node:fs";
import { openEngine } from "#engine";
import { hasRegistry, startRegistry } from "../../test/fixtures/registry.ts";
import type { RunningRegistry } from "../../test/fixtures/registry.ts";
import type { CorpusArchive } from "../corpus/index.ts";
import type { Stage } from "../cases/case.ts";

interface Shared {
  readonly registry: Promise<RunningRegistry>;
  readonly seeded: Map<string, Promise<void>>;
  users: number;
}

let shared: Shared | undefined;

/** `skip` of cases that need a registry. */
export function needsRegistry(): string | undefined {
  return hasRegistry ? undefined : "there is no docker-registry";
}

/** How a target is asked for an image of the registry, which has no TLS: podman has to be told, which only its own API can for pulls. */
export function pullPath({ target }: Stage, name: string): string {
  if (target.name === "podman") return `/libpod/images/pull?reference=${encodeURIComponent(name)}&tlsVerify=false&policy=always`;
  const colon = name.lastIndexOf(":");
  return `/images/create?fromImage=${encodeURIComponent(name.slice(0, colon))}&tag=${name.slice(colon + 1)}`;
}

export function pushPath({ target }: Stage, repository: string, tag: string): string {
  return `/images/${repository}/push?tag=${tag}${target.name === "podman" ? "&tlsVerify=false" : ""}`;
}

/** The registry of this run, one for all targets, from the first set-up to the last tear-down: `127.0.0.1:port`. */
export async function takeRegistry(): Promise<string> {
  shared ??= { registry: startRegistry(), seeded: new Map(), users: 0 };
  shared.users += 1;
  return (await shared.registry).host;
}

export async function giveBackRegistry(): Promise<void> {
  if (shared === undefined) return;
  shared.users -= 1;
  if (shared.users > 0) return;
  const { registry } = shared;
  shared = undefined;
  await (await registry)[Symbol.asyncDispose]();
}

export async function registryHost(): Promise<string> {
  if (shared === undefined) throw new Error("no case has set up the registry");
  return (await shared.registry).host;
}

/** Puts the image of an OCI archive into the registry as it is, and gives its name there: every target pulls the same bytes. */
export async function seedRegistry(archive: CorpusArchive, repository: string): Promise<string> {
  const host = await registryHost();
  const name = `${host}/${repository}:1`;
  const known = shared?.seeded.get(name) ?? seed(archive, { host, repository });
  shared?.seeded.set(name, known);
  await known;
  return name;
}

async function seed(archive: CorpusArchive, { host, repository }: { readonly host: string; readonly repository: string }): Promise<void> {
  await using engine = await openEngine({ memory: true });
  for await (const _ of engine.images.load({ archive: createReadStream(archive.path) }));
  await engine.images.tag(archive.tag, { repository: `${host}/${repository}`, tag: "1" });
  for await (const _ of engine.images.push({ name: `${host}/${repository}`, tag: "1" }));
}
