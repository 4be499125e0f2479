import assert from "node:assert/strict";
import type { Engine } from "#engine";
import type { Piece, Whole } from "./content.ts";
import type { AskOptions, Reply, ServedRegistry } from "./served-registry.ts";

/** One thing that the specification asks for. */
export interface ConformanceCase {
  /** The chapter of OCI's distribution-spec 1.1, with the endpoint's number there. */
  readonly section: string;
  readonly title: string;
  run(lab: Lab): Promise<void>;
}

/** A registry, and two repositories that no other case uses. */
export class Lab {
  readonly engine: Engine;
  readonly registry: ServedRegistry;
  readonly repository: string;
  readonly other: string;

  constructor(engine: Engine, registry: ServedRegistry, number: number) {
    this.engine = engine;
    this.registry = registry;
    this.repository = `conformance/case-${number}`;
    this.other = `conformance/other-${number}`;
  }

  /** `GET blobs/…` in this repository, `GET /v2/…` anywhere; fails when the status is not the expected one. */
  async ask(status: number, methodAndPath: string, options: AskOptions = {}): Promise<Reply> {
    const line = methodAndPath.replace(/ (?!\/)/, ` /v2/${this.repository}/`);
    const reply = await this.registry.ask(line, options);
    assert.equal(reply.status, status, `${line}: ${reply.body.toString().slice(0, 500)}`);
    return reply;
  }

  /** The code of the only error in an answer. */
  async refusal(status: number, methodAndPath: string, options?: AskOptions): Promise<string> {
    const { body } = await this.ask(status, methodAndPath, options);
    const { errors } = JSON.parse(body.toString()) as { errors: { code: string; message: string }[] };
    assert.ok(errors.length > 0 && errors.every(({ code, message }) => code === errors[0]?.code && message !== ""));
    return errors[0]?.code ?? "";
  }

  async begin(): Promise<string> {
    return locationOf(await this.ask(202, "POST blobs/uploads/", { headers: { "Content-Length": "0" } }));
  }

  async pushBlob({ bytes, descriptor }: Piece, repository = this.repository): Promise<void> {
    const reply = await this.registry.ask(`POST /v2/${repository}/blobs/uploads/?digest=${descriptor.digest}`, { body: bytes });
    assert.equal(reply.status, 201, reply.body.toString());
  }

  async putManifest({ bytes, descriptor }: Piece, reference = descriptor.digest): Promise<Reply> {
    return this.ask(201, `PUT manifests/${reference}`, { body: bytes, headers: { "Content-Type": descriptor.mediaType } });
  }

  /** Blobs, parts, whole; as clients do it. */
  async push(whole: Whole, ...references: string[]): Promise<Whole> {
    for (const blob of whole.blobs) await this.pushBlob(blob);
    for (const part of whole.manifests) await this.putManifest(part);
    for (const reference of references.length === 0 ? [whole.descriptor.digest] : references) await this.putManifest(whole, reference);
    return whole;
  }

  async expectBlob({ bytes, descriptor }: Piece): Promise<void> {
    const head = await this.ask(200, `HEAD blobs/${descriptor.digest}`);
    const got = await this.ask(200, `GET blobs/${descriptor.digest}`);
    assert.deepEqual(got.body, bytes);
    assert.equal(head.body.byteLength, 0);
    for (const { headers } of [head, got]) {
      assert.equal(headers["content-length"], String(bytes.byteLength));
      assert.equal(headers["docker-content-digest"], descriptor.digest);
    }
  }

  async expectManifest({ bytes, descriptor }: Piece, reference = descriptor.digest): Promise<void> {
    const head = await this.ask(200, `HEAD manifests/${reference}`);
    const got = await this.ask(200, `GET manifests/${reference}`);
    assert.ok(got.body.equals(bytes));
    assert.equal(head.body.byteLength, 0);
    for (const { headers } of [head, got]) {
      assert.equal(headers["content-type"], descriptor.mediaType);
      assert.equal(headers["content-length"], String(bytes.byteLength));
      assert.equal(headers["docker-content-digest"], descriptor.digest);
    }
  }

  async expectWhole(whole: Whole, ...tags: string[]): Promise<void> {
    for (const blob of whole.blobs) await this.expectBlob(blob);
    for (const part of whole.manifests) await this.expectManifest(part);
    await this.expectManifest(whole);
    for (const tag of tags) await this.expectManifest(whole, tag);
  }

  async json(methodAndPath: string): Promise<unknown> {
    return JSON.parse((await this.ask(200, methodAndPath)).body.toString());
  }
}

export function locationOf({ headers }: Reply): string {
  const { location = "" } = headers;
  assert.ok(location.startsWith("/v2/"), "a location that is relative to the registry");
  return location;
}
