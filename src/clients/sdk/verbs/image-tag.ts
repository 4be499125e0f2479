import { imagePath } from "../image-path.ts";
import { Query } from "../query.ts";
import { done } from "../session.ts";
import type { Cancellable, Session } from "../session.ts";

export interface ImageTagTarget extends Cancellable {
  /** May carry a tag. */
  readonly repo: string;
  /** Wins over a tag in `repo`; without either it is `latest`. */
  readonly tag?: string;
}

export async function imageTag(session: Session, name: string, { repo, tag, signal }: ImageTagTarget): Promise<void> {
  const query = new Query("imageTag", session.apiVersion).text("repo", repo).text("tag", tag);
  await done(session, { method: "POST", path: imagePath(name, "/tag"), query, signal });
}
