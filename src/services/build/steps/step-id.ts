import { randomBytes } from "node:crypto";

/** What a step runs in is known by, as Docker's containers are: 12 hex digits. */
export function newStepId(): string {
  return randomBytes(6).toString("hex");
}
