import { openEngine } from "#engine";
import type { Engine } from "#engine";
import { serveApi } from "../api/serve-api.ts";
import type { Reply, ServedApi } from "../api/serve-api.ts";
import { busyboxTar } from "../runtime/chains.ts";
import { LeakCheck } from "./leaks.ts";
import { Talk } from "./talk.ts";

/** A real engine behind the API, with one image: `box:1`, which has busybox and the user `user` (1000). */
export interface ServedContainers extends ServedApi {
  readonly engine: Engine;
  /** Sends JSON, if any, and reads JSON, if any. @throws with the answer unless the status is as expected. */
  call(methodAndPath: string, options?: { readonly body?: unknown; readonly status?: number }): Promise<Json>;
  /** Makes one of `box:1` without a network; `script` is for `sh -c`. */
  create(script: string, config?: Json, hostConfig?: Json): Promise<string>;
  /** The same, and starts it. */
  run(script: string, config?: Json, hostConfig?: Json): Promise<string>;
  /** Sends a request that takes the connection over. */
  talk(methodAndPath: string, options?: { readonly body?: unknown; readonly isUpgrade?: boolean }): Promise<Talk>;
}

export type Json = Readonly<Record<string, unknown>>;

const PASSWD = "root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n";
const GROUP = "root:x:0:\nuser:x:1000:\n";

/** @param dataRoot by default one in memory. */
export async function serveContainers(dataRoot?: string): Promise<ServedContainers> {
  const warnings: string[] = [];
  const engine = await openEngine({
    ...(dataRoot === undefined ? { memory: true } : { dataRoot }),
    warn: (message) => warnings.push(message),
  });
  const archive = await busyboxTar({ passwd: PASSWD, group: GROUP });
  await Array.fromAsync(engine.images.import({ archive: once(archive), repository: "box", tag: "1" }));
  const api = await serveApi(engine);
  const call: ServedContainers["call"] = async (methodAndPath, { body, status } = {}) => {
    const headers = { "Content-Type": "application/json" };
    const reply = await api.ask(methodAndPath, body === undefined ? {} : { body: JSON.stringify(body), headers });
    if (status === undefined ? reply.status >= 300 : reply.status !== status)
      throw new Error(`${methodAndPath}: ${reply.status} ${reply.text}`);
    return parse(reply);
  };
  const create: ServedContainers["create"] = async (script, config = {}, hostConfig = {}) => {
    const HostConfig = { NetworkMode: "none", ...hostConfig };
    const made = await call("POST /containers/create", { body: { Image: "box:1", Cmd: ["sh", "-c", script], ...config, HostConfig } });
    return String(made["Id"]);
  };
  return {
    ...api,
    engine,
    call,
    create,
    async run(script, config, hostConfig) {
      const id = await create(script, config, hostConfig);
      await call(`POST /containers/${id}/start`);
      return id;
    },
    talk: async (methodAndPath, options) => Talk.open(await api.connect(), methodAndPath, options),
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      const leaks = LeakCheck.before(engine.dataRoot);
      await engine.close();
      leaks.assertNothingLeft();
    },
  };
}

function parse({ text }: Reply): Json {
  return text.startsWith("{") ? (JSON.parse(text) as Json) : {};
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
