import { Query } from "../query.ts";
import { readObject } from "../session.ts";
import type { Cancellable, Session } from "../session.ts";

export interface ImageCommitOptions extends Cancellable {
  /** Without one the image has no name. */
  readonly repo?: string;
  /** Default `latest`. */
  readonly tag?: string;
  readonly comment?: string;
  readonly author?: string;
  /** Whether the container's processes stand still meanwhile. True unless given. */
  readonly pause?: boolean;
  /** Dockerfile instructions: CMD, ENV, LABEL, …; each may hold several lines. */
  readonly changes?: readonly string[];
  /** In place of the container's own `Config`, which fills what is missing in it. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface CommittedImage {
  /** The image's ID. */
  readonly Id: string;
}

/** Makes an image of a container. */
export async function imageCommit(session: Session, container: string, options: ImageCommitOptions = {}): Promise<CommittedImage> {
  const { repo, tag, comment, author, pause, changes = [], config, signal } = options;
  const query = new Query("imageCommit", session.apiVersion)
    .text("container", container)
    .text("repo", repo)
    .text("tag", tag)
    .text("comment", comment)
    .text("author", author)
    .defaultTrue("pause", pause)
    .texts("changes", changes);
  const document = config && { headers: { "Content-Type": "application/json" }, body: once(JSON.stringify(config)) };
  return readObject(session, { method: "POST", path: "/commit", query, signal, ...document });
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new TextEncoder().encode(text));
}
