import { readFile } from "node:fs/promises";
import { EngineClient } from "../http/engine-client.ts";
import { describe } from "./describe.ts";
import type { Target, TargetName } from "./target.ts";

export interface ReferencePlace {
  readonly name: TargetName;
  readonly socketPath: string;
  /** Its pid file; by default the one that lies beside the socket, as `x.pid` beside `x.sock`. */
  readonly pidFile?: string;
}

/** An engine that runs already. It keeps running, and whatever else it stores stays. */
export async function openReference(place: ReferencePlace): Promise<Target> {
  const client = new EngineClient(place.socketPath);
  return {
    name: place.name,
    description: await describe(client),
    client,
    pid: await readPid(place.pidFile ?? place.socketPath.replace(/\.sock$/, ".pid")),
    launch: undefined,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
    },
  };
}

async function readPid(path: string): Promise<number | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}
