import type { VersionJson } from "#wire";
import { readObject } from "../session.ts";
import type { Cancellable, Session } from "../session.ts";

export async function version(session: Session, { signal }: Cancellable = {}): Promise<VersionJson> {
  return readObject(session, { method: "GET", path: "/version", signal });
}
