import assert from "node:assert/strict";
import { test } from "node:test";
import { diceOf } from "../crash/dice.ts";
import type { Dice } from "../crash/dice.ts";
import { cannotRun, tarOf } from "../runtime/chains.ts";
import { serveContainers } from "./served-containers.ts";
import type { Json, ServedContainers } from "./served-containers.ts";

const SEED = Number(process.env["SLIPWAY_AT_ONCE_SEED"] ?? Date.now() % 1_000_000);
const CLIENTS = 8;
const REQUESTS = Number(process.env["SLIPWAY_AT_ONCE_REQUESTS"] ?? "400");
/** Few, so that everybody is in everybody's way. */
const NAMES = ["one", "two", "three"];

const LOOP = "trap 'exit 3' TERM; while :; do echo said; echo x > /tmp/x; rm -f /tmp/x; sleep 0.02; done";

/** What Docker, too, takes for a fault of the engine. */
const DOCKERS_FAULT = "is not paused";

test(
  `clients in each other's way hear what is so, never of a fault of the engine (seed ${SEED})`,
  { skip: cannotRun() },
  async (context) => {
    await using containers = await serveContainers();
    const dice = diceOf(SEED);
    const statuses = new Map<number, number>();
    let left = REQUESTS;
    const client = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const { request, body, headers } = await draw(dice);
        const { status, text } = await containers.ask(request, { ...(body !== undefined && { body }), ...(headers && { headers }) });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        assert.ok(status < 500 || text.includes(DOCKERS_FAULT), `${request}: ${status} ${text}\n${containers.logged.join("\n")}`);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    context.diagnostic(`answers: ${JSON.stringify(Object.fromEntries([...statuses].toSorted(([a], [b]) => a - b)))}`);
    await removeAll(containers);
    assert.deepEqual(await containers.engine.containers.list({ all: true }), []);
  },
);

interface Drawn {
  readonly request: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

async function draw(dice: Dice): Promise<Drawn> {
  const name = dice.pick(NAMES);
  const at = `/containers/${name}`;
  const json = (request: string, body: Json): Drawn => ({
    request,
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json" },
  });
  const create = (): Drawn => {
    const HostConfig = { NetworkMode: "none", AutoRemove: dice.chance(0.4) };
    const config = { Image: "box:1", Cmd: ["sh", "-c", dice.chance(0.7) ? LOOP : "true"], HostConfig, Volumes: { "/volume": {} } };
    return json(`POST /containers/create?name=${name}`, config);
  };
  const plain = [
    `POST ${at}/start`,
    `POST ${at}/start`,
    `POST ${at}/start`,
    `POST ${at}/stop?t=0`,
    `POST ${at}/restart?t=0`,
    `POST ${at}/kill`,
    `POST ${at}/pause`,
    `POST ${at}/unpause`,
    `POST ${at}/rename?name=${dice.pick(NAMES)}`,
    `DELETE ${at}?v=1`,
    `DELETE ${at}?force=1&v=1`,
    `GET ${at}/json?size=1`,
    `GET ${at}/changes`,
    `GET ${at}/archive?path=/tmp`,
    `GET ${at}/export`,
    `GET ${at}/logs?stdout=1`,
    `GET ${at}/top`,
    `GET ${at}/stats?stream=0&one-shot=1`,
    `POST /commit?container=${name}&pause=${dice.chance(0.5) ? 1 : 0}`,
    "GET /containers/json?all=1&size=1",
    "GET /system/df",
    "POST /containers/prune",
    "POST /build/prune?all=1",
    "POST /volumes/prune",
    "POST /images/prune",
  ];
  const drawn = Math.floor(dice.next() * (plain.length + 8));
  if (drawn < plain.length) return { request: plain[drawn] ?? "" };
  if (drawn < plain.length + 5) return create();
  if (drawn === plain.length + 5) return json(`POST ${at}/exec`, { Cmd: ["true"] });
  if (drawn === plain.length + 6) return json(`POST ${at}/update`, { PidsLimit: 100 });
  const body = await tarOf([{ header: { type: "file", path: "put", mode: 0o644, size: 3 }, body: Buffer.from("put") }]);
  return { request: `PUT ${at}/archive?path=/tmp`, body, headers: { "Content-Type": "application/x-tar" } };
}

async function removeAll({ engine }: ServedContainers): Promise<void> {
  for (const { record } of await engine.containers.list({ all: true })) {
    await engine.containers.remove(record.id, { force: true, volumes: true }).catch((error: unknown) => {
      // One that removes itself may be on its way.
      assert.match(String(error), /No such container|already in progress/);
    });
  }
}
