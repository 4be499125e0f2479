import { EventQueue } from "#async";
import { EngineError } from "#errors";
import type { ErrorKind } from "#errors";
import type { Reference } from "#oci";
import { explainFailure, registryDetailsOf } from "#registry";
import type { Registries, Repository } from "#registry";
import type { CopyEvent, CopyRequest, CopySide } from "./types.ts";

/** Of answers whose words do not say it: Docker takes them all for internal errors. */
const KINDS: ReadonlyMap<number | undefined, ErrorKind> = new Map([
  [401, "unauthorized"],
  [403, "forbidden"],
  [404, "not-found"],
]);

/** One repository of a copy. Everything that is asked of it goes through `ask`, so that failures say whose they are. */
export class Side {
  readonly name: CopySide;
  readonly repository: Repository;

  constructor(name: CopySide, repository: Repository) {
    this.name = name;
    this.repository = repository;
  }

  async ask<T>(question: (repository: Repository) => Promise<T>): Promise<T> {
    try {
      return await question(this.repository);
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** Without what says that another attempt may help: that has been tried, and the other side must not take it for its own. */
  failure(error: unknown): unknown {
    if (!(error instanceof EngineError) || error.kind === "cancelled" || error.details?.["side"] !== undefined) return error;
    const { operation, host, status, reason = error.message } = registryDetailsOf(error);
    const explanation = explainFailure(error);
    const place = `${this.name} ${this.repository.reference.repository}`;
    const message = `cannot copy: ${place}: ${reason}${explanation === undefined ? "" : ` (${explanation})`}`;
    return new EngineError(KINDS.get(status) ?? error.kind, message, {
      cause: error,
      details: { side: this.name, operation, host },
    });
  }
}

/** Both ends of one copy, and where it tells what happens. */
export interface Sides {
  readonly source: Side;
  readonly target: Side;
  readonly queue: EventQueue<CopyEvent>;
}

export function openSides(registries: Registries, request: CopyRequest, from: Reference, to: Reference): Sides {
  const queue = new EventQueue<CopyEvent>();
  const { credentials } = request;
  const open = (side: CopySide, reference: Reference): Side => {
    const repository = registries.repository(reference, {
      ...(credentials !== undefined && { credentials }),
      onRetry: ({ digest, seconds }) => {
        if (digest !== undefined) queue.put({ type: "blob", digest, state: { step: "retrying", side, seconds } });
      },
    });
    return new Side(side, repository);
  };
  return { source: open("source", from), target: open("target", to), queue };
}
