import type { TarInput } from "#archive";

import { comparedLayer } from "../../dockerfiles/build-result.ts";
import { busyboxTar, tarOf } from "../../runtime/chains.ts";
import { readTar, send } from "../../workbench/index.ts";
import type { Answer } from "../../workbench/index.ts";

import { BODIES, CHANGES, QUERIES, SCRIPTS, SETTINGS } from "./cases.ts";

/** What an engine makes of containers, by case. */
export type Observations = Readonly<Record<string, unknown>>;

type Json = Readonly<Record<string, unknown>>;

const VERSION = "1.51";
const BASE = "commits:base";
const OLD = { seconds: 1_700_000_000, nanoseconds: 0 };
/** Further than this a name is not of these tests. */
const TAGS_OF_OTHERS = /^(?!commits:)/;

/** Commits containers of this engine in every way there is, and leaves it as it was. */
export async function observeCommits(socket: string): Promise<Observations> {
  const engine = new Engine(socket);
  const tar = { "content-type": "application/x-tar" };
  await engine.ask("POST", "/images/create?fromSrc=-&repo=commits&tag=base", await baseTar(), tar);
  const seen: Record<string, unknown> = {};
  try {
    const id = await engine.ran("commits-container", SETTINGS);
    for (const [name, body] of Object.entries(BODIES)) {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      seen[`a body of ${name}`] = await engine.committed(id, `container=${id}`, text);
    }
    for (const changes of CHANGES) {
      const query = changes.map((change) => `&changes=${encodeURIComponent(change)}`).join("");
      seen[`changes ${JSON.stringify(changes)}`] = await engine.committed(id, `container=${id}${query}`);
    }
    for (const query of QUERIES) {
      const filled = query.replace("ID", id).replace("NAME", "commits-container");
      seen[`the query ${query}`] = await engine.committed(id, filled);
    }
    await engine.remove(id);
    for (const [name, script] of Object.entries(SCRIPTS)) seen[`files: ${name}`] = await engine.changed(script);
  } finally {
    await engine.ask("DELETE", `/images/${BASE}?force=1`);
  }
  return seen;
}

class Engine {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  async ask(method: string, path: string, body?: Uint8Array | string, headers = {}): Promise<Answer> {
    const bytes = body === undefined ? {} : { body: Buffer.from(body) };
    return send(this.#socket, { method, path: `/v${VERSION}${path}`, headers, ...bytes });
  }

  /** The ID of a container that ran to its end. */
  async ran(name: string, settings: Json): Promise<string> {
    const body = JSON.stringify({ Image: BASE, ...settings, HostConfig: { NetworkMode: "none" } });
    const { Id } = await this.#json("POST", `/containers/create?name=${name}`, body);
    await this.#json("POST", `/containers/${String(Id)}/start`);
    await this.#json("POST", `/containers/${String(Id)}/wait`);
    return String(Id);
  }

  remove(id: string): Promise<Answer> {
    return this.ask("DELETE", `/containers/${id}?v=1`);
  }

  /** How a commit was answered, and what image there is then. */
  async committed(container: string, query: string, body = ""): Promise<unknown> {
    const headers = body === "" ? {} : { "content-type": "application/json" };
    const answer = await this.ask("POST", `/commit?${query}`, body, headers);
    if (answer.status !== 201) {
      await this.#forget(container);
      return { status: answer.status, answer: masked(answer.body.toString(), container) };
    }
    const { Id } = JSON.parse(answer.body.toString()) as Json;
    const { Config, Author, Comment, Architecture, Os, RepoTags } = await this.#json("GET", `/images/${String(Id)}/json`);
    const base = await this.#json("GET", `/images/${BASE}/json`);
    const { Parent } = await this.#json("GET", `/images/${String(Id)}/json`);
    const [row] = JSON.parse((await this.ask("GET", `/images/${String(Id)}/history`)).body.toString()) as Json[];
    const { CreatedBy, Comment: said } = row ?? {};
    for (const tag of RepoTags as string[]) if (TAGS_OF_OTHERS.test(tag)) await this.ask("DELETE", `/images/${tag}`);
    await this.ask("DELETE", `/images/${String(Id)}?force=1`);
    const facts = { Config: ordered(Config), Author, Comment, Architecture, Os, RepoTags };
    return { status: 201, ...facts, isOnBase: Parent === base["Id"], history: { CreatedBy, Comment: said } };
  }

  /** What a script changed, as the list of changes has it and as the layer has it. */
  async changed(script: string): Promise<unknown> {
    const id = await this.ran("commits-files", { Cmd: ["sh", "-c", script], Volumes: { "/volume": {} } });
    const { body } = await this.ask("GET", `/containers/${id}/changes`);
    const changes = ((JSON.parse(body.toString()) ?? []) as { Path: string; Kind: number }[]).map(({ Path, Kind }) => `${Kind} ${Path}`);
    const { Id } = await this.#json("POST", `/commit?container=${id}`);
    await this.remove(id);
    const archive = readTar((await this.ask("GET", `/images/${String(Id)}/get`)).body);
    await this.ask("DELETE", `/images/${String(Id)}`);
    const [image] = JSON.parse(String(archive.data.get("manifest.json"))) as { Config: string; Layers: string[] }[];
    const { history } = JSON.parse(String(archive.data.get(image?.Config ?? ""))) as { history: Json[] };
    const [, top] = image?.Layers ?? [];
    const isEmpty = history.at(-1)?.["empty_layer"] === true;
    return { changes: changes.toSorted(), isEmpty, layer: top === undefined ? null : layerOf(archive.data.get(top) ?? Buffer.alloc(0)) };
  }

  async #json(method: string, path: string, body?: string): Promise<Json> {
    const answer = await this.ask(method, path, body, body === undefined ? {} : { "content-type": "application/json" });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body.toString()}`);
    return JSON.parse(answer.body.toString() || "{}") as Json;
  }

  /** Docker refuses some names only when the image is there. */
  async #forget(container: string): Promise<void> {
    const filters = encodeURIComponent(JSON.stringify({ dangling: ["true"], since: [BASE] }));
    const images = JSON.parse((await this.ask("GET", `/images/json?filters=${filters}`)).body.toString()) as { Id: string }[];
    const { Image } = await this.#json("GET", `/containers/${container}/json`);
    for (const { Id } of images) {
      const { Parent } = await this.#json("GET", `/images/${Id}/json`);
      if (Parent === Image) await this.ask("DELETE", `/images/${Id}`);
    }
  }
}

function baseTar(): Promise<Buffer> {
  const directory = (path: string): TarInput => ({ header: { type: "directory", path, mode: 0o755, mtime: OLD } });
  const file = (path: string): TarInput => {
    const body = Buffer.from(`${path}\n`);
    return { header: { type: "file", path, mode: 0o644, size: body.length, mtime: OLD }, body };
  };
  const files = tarOf([
    ...["data", "data/sub", "data/sub/deep", "opaque", "opaque/in", "volume"].map(directory),
    ...["data/f", "data/g", "data/sub/h", "data/sub/deep/i", "opaque/x", "opaque/in/y"].map(file),
    { header: { type: "hardlink", path: "data/hard", linkPath: "data/f", mode: 0o644, mtime: OLD } },
    { header: { type: "symlink", path: "data/soft", linkPath: "f", mtime: OLD } },
  ]);
  return Promise.all([busyboxTar(), files]).then(([root, more]) => Buffer.concat([root.subarray(0, -1024), more]));
}

/** Of a whiteout only its name means something. */
function layerOf(tar: Buffer): unknown {
  const isMarker = (path: string): boolean => /(?:^|\/)\.wh\.[^/]*$/.test(path);
  return Object.fromEntries(Object.entries(comparedLayer(tar)).map(([path, entry]) => [path, isMarker(path) ? "whiteout" : entry]));
}

function masked(text: string, container: string): string {
  return text.replaceAll(container, "<container>");
}

function ordered(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
