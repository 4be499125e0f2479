import type { InfoJson } from "#wire";
import { readObject } from "../session.ts";
import type { Cancellable, Session } from "../session.ts";

export async function info(session: Session, { signal }: Cancellable = {}): Promise<InfoJson> {
  return readObject(session, { method: "GET", path: "/info", signal });
}
