import { createHash } from "node:crypto";
import type { BuildEvent } from "#engine";
import { shortId } from "#oci";
import { encodeBuildStatus } from "#wire";
import type { BuildStatus, BuildVertex, BuildVertexStatus, ProgressJson } from "#wire";

type PullEvent = Extract<BuildEvent, { type: "pull" }>["event"];

/** A build as BuildKit tells it: every step is a vertex of a graph, and what is said belongs to one. */
export class BuildTrace {
  readonly #now: () => Date;
  #vertex: BuildVertex | undefined;

  constructor(now: () => Date) {
    this.#now = now;
  }

  *tell(event: BuildEvent): Generator<ProgressJson> {
    switch (event.type) {
      case "step":
        yield* this.#begin(`[${event.number}/${event.total}] ${event.text}`);
        return;
      case "cached":
        if (this.#vertex !== undefined) this.#vertex = { ...this.#vertex, isCached: true };
        return;
      case "result":
        yield* this.#end();
        return;
      case "pull":
        yield* this.#pulled(event.event);
        return;
      case "output":
        yield* this.#log(event.stream, event.text);
        return;
      case "missed":
        yield* this.#log("stdout", `Not in the cache: ${event.reason}\n`);
        return;
      case "triggers":
        yield* this.#log("stdout", `# Executing ${event.count} build trigger${event.count > 1 ? "s" : ""}\n`);
        return;
      case "excerpt":
        yield* this.#log("stderr", event.text);
        return;
      case "warning":
        yield* this.#warn({ short: event.text });
        return;
      case "unconsumed":
        yield* this.#warn({ short: `One or more build-args [${event.names.join(" ")}] were not consumed` });
        return;
      case "finding": {
        const { rule, detail, documentation: url, range } = event.finding;
        yield* this.#warn({ short: `${rule}: ${detail}`, url, lines: { file: "Dockerfile", start: range.start, end: range.end } });
        return;
      }
      case "built":
        yield* this.#begin("exporting to image");
        yield* this.#done(`writing image ${event.id}`);
        return;
      case "tagged":
        yield* this.#done(`naming to ${event.name}`);
        return;
      case "done":
        yield* this.#end();
        yield { id: "moby.image.id", aux: { ID: event.id } };
        return;
      case "running":
      case "ran":
      case "stage":
      case "platform":
      case "files":
        return;
      default:
        event satisfies never;
    }
  }

  /** The step at work is the one that failed. */
  *fail(error: unknown): Generator<ProgressJson> {
    yield* this.#end(error instanceof Error ? error.message : String(error));
  }

  *#begin(name: string): Generator<ProgressJson> {
    yield* this.#end();
    this.#vertex = { digest: `sha256:${createHash("sha256").update(name).digest("hex")}`, name, started: this.#now() };
    yield trace({ vertexes: [this.#vertex] });
  }

  *#end(error?: string): Generator<ProgressJson> {
    if (this.#vertex === undefined) return;
    yield trace({ vertexes: [{ ...this.#vertex, completed: this.#now(), ...(error !== undefined && { error }) }] });
    this.#vertex = undefined;
  }

  *#log(stream: "stdout" | "stderr", text: string): Generator<ProgressJson> {
    if (this.#vertex === undefined) return;
    yield trace({ logs: [{ vertex: this.#vertex.digest, timestamp: this.#now(), stream, text }] });
  }

  *#warn(warning: {
    readonly short: string;
    readonly url?: string;
    readonly lines?: { file: string; start: number; end: number };
  }): Generator<ProgressJson> {
    yield trace({ warnings: [{ vertex: this.#vertex?.digest ?? "", ...warning }] });
  }

  *#pulled(event: PullEvent): Generator<ProgressJson> {
    if (event.type !== "layer") return;
    const { state } = event;
    const id = shortId(event.digest);
    if (state.step === "downloading") yield* this.#status({ id, current: state.current, total: state.total ?? 0 });
    else if (state.step === "complete" || state.step === "exists") yield* this.#done(id);
  }

  *#done(id: string): Generator<ProgressJson> {
    const now = this.#now();
    yield* this.#status({ id, started: now, completed: now });
  }

  *#status(status: Omit<BuildVertexStatus, "vertex" | "timestamp">): Generator<ProgressJson> {
    if (this.#vertex === undefined) return;
    yield trace({ statuses: [{ ...status, vertex: this.#vertex.digest, timestamp: this.#now() }] });
  }
}

function trace(status: BuildStatus): ProgressJson {
  return { id: "moby.buildkit.trace", aux: Buffer.from(encodeBuildStatus(status)).toString("base64") };
}
