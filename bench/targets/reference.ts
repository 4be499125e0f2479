import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile, realpath } from "node:fs/promises";
import { createServer } from "node:net";
import { conflict } from "#errors";
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
  const claim = await claimSocket(place.socketPath);
  const client = new EngineClient(place.socketPath);
  const close = async (): Promise<void> => {
    client[Symbol.dispose]();
    await claim[Symbol.asyncDispose]();
  };
  const description = await describe(client).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    name: place.name,
    description,
    client,
    pid: await readPid(place.pidFile ?? place.socketPath.replace(/\.sock$/, ".pid")),
    launch: undefined,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Two runs on one engine would remove each other's images, which bear the same labels, and spoil each other's
 * figures. A name in the abstract socket space is a lock that the kernel releases however the holder ends.
 */
async function claimSocket(socketPath: string): Promise<AsyncDisposable> {
  const engine = createHash("sha256")
    .update(await realpath(socketPath))
    .digest("hex");
  const claim = createServer();
  claim.listen(`\0slipway-bench-${engine.slice(0, 32)}`);
  await once(claim, "listening").catch((cause: unknown) => {
    throw conflict(`cannot measure the engine at ${socketPath}: another bench is measuring it`, { cause });
  });
  claim.unref();
  return {
    async [Symbol.asyncDispose]() {
      claim.close();
      await once(claim, "close");
    },
  };
}

async function readPid(path: string): Promise<number | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}
