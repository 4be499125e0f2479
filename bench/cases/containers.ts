import { internal } from "#errors";
import type { EngineClient } from "../http/engine-client.ts";
import { levelGround } from "../measure/level-ground.ts";
import { BASE, hasBusybox, importBase, PART } from "./busybox-base.ts";
import type { Case, Measure, Sample, Stage } from "./case.ts";
import { removeImages } from "./own-images.ts";

const RUNS = 10;
const AT_ONCE = 20;
const LISTED = 200;
const LOG_BYTES = 20_000_000;

/** Without a network, for making one is another question; with a log that every engine keeps whole. */
const HOST_CONFIG = { NetworkMode: "none", LogConfig: { Type: "json-file", Config: { "max-size": "1g" } } };

export const containerRun = containerCase(
  "container-run",
  [{ id: "run", title: "container: create, start, wait, remove", unit: "ms", goal: { timesFaster: 2, than: "dockerd" } }],
  async ({ target }) => {
    const samples: Sample[] = [];
    for (let run = 0; run < RUNS; run++) samples.push({ measure: "run", value: await elapsed(() => runOnce(target.client)) });
    return samples;
  },
);

export const containersAtOnce = containerCase(
  "containers-at-once",
  [{ id: "runs", title: `container: ${AT_ONCE} of these at once`, unit: "ms", goal: { timesFaster: 2, than: "dockerd" } }],
  async ({ target }) => {
    const all = (): Promise<unknown> => Promise.all(Array.from({ length: AT_ONCE }, () => runOnce(target.client)));
    return [{ measure: "runs", value: await elapsed(all) }];
  },
);

export const containerExec = containerCase(
  "container-exec",
  [{ id: "exec", title: "container: exec, from create to its end", unit: "ms" }],
  async ({ target: { client } }) => {
    const id = await create(client, ["sh", "-c", "while true; do busybox sleep 1000; done"]);
    await client.order(`/containers/${id}/start`, undefined, [204]);
    const samples: Sample[] = [];
    for (let run = 0; run < RUNS; run++) samples.push({ measure: "exec", value: await elapsed(() => execOnce(client, id)) });
    await client.ask("DELETE", `/containers/${id}?force=1`, [200, 204]);
    return samples;
  },
);

export const containerList = containerCase(
  "container-list",
  [{ id: "list", title: `list of ${LISTED} containers`, unit: "ms", goal: { below: 10 } }],
  async ({ target: { client }, scale }) => {
    const samples: Sample[] = [];
    for (let serial = 0; serial < scale.requests; serial++) {
      samples.push({ measure: "list", value: (await client.ask("GET", "/containers/json?all=1")).elapsedMs });
    }
    return samples;
  },
  async (client) => {
    for (let made = 0; made < LISTED; made++) await create(client, ["true"]);
  },
);

export const containerLogs = containerCase(
  "container-logs",
  [
    { id: "write", title: `container: ${LOG_BYTES / 1e6} MB of lines into its log`, unit: "ms" },
    { id: "read", title: "container: reading them back", unit: "ms" },
  ],
  async ({ target: { client } }) => {
    const line = "0123456789".repeat(8);
    const id = await create(client, ["sh", "-c", `busybox yes ${line} | busybox head -c ${LOG_BYTES}`]);
    await levelGround();
    const write = await elapsed(async () => {
      await client.order(`/containers/${id}/start`, undefined, [204]);
      await client.order(`/containers/${id}/wait`, undefined, [200]);
    });
    const { bytes, elapsedMs: read } = await client.download(`/containers/${id}/logs?stdout=1`);
    if (bytes < LOG_BYTES) throw internal(`cannot measure logs: ${bytes} of ${LOG_BYTES} bytes came back`);
    await client.ask("DELETE", `/containers/${id}`, [200, 204]);
    return [
      { measure: "write", value: write },
      { measure: "read", value: read },
    ];
  },
);

function containerCase(
  name: string,
  measures: readonly Measure[],
  run: (stage: Stage) => Promise<readonly Sample[]>,
  fill: (client: EngineClient) => Promise<void> = () => Promise.resolve(),
): Case {
  return {
    name,
    measures,
    skip({ target }) {
      if (!hasBusybox()) return "there is no busybox to make a base image of";
      return target.name === "slipway" && process.geteuid?.() !== 0 ? "containers need root" : undefined;
    },
    async setup({ target }) {
      await removeContainers(target.client);
      await importBase(target.client);
      await fill(target.client);
    },
    run,
    async teardown({ target }) {
      await removeContainers(target.client);
      await removeImages(target.client, PART);
    },
  };
}

async function runOnce(client: EngineClient): Promise<void> {
  const id = await create(client, ["true"]);
  await client.order(`/containers/${id}/start`, undefined, [204]);
  const { body } = await client.order(`/containers/${id}/wait`, undefined, [200]);
  if (member(body, "StatusCode") !== 0) throw internal(`cannot measure a container: it ended with ${body.toString("utf8").trim()}`);
  await client.ask("DELETE", `/containers/${id}`, [200, 204]);
}

async function execOnce(client: EngineClient, id: string): Promise<void> {
  const { body } = await client.order(`/containers/${id}/exec`, { Cmd: ["true"], AttachStdout: true, AttachStderr: true }, [201]);
  await client.order(`/exec/${text(body, "Id")}/start`, { Detach: false, Tty: false }, [200]);
}

async function create(client: EngineClient, command: readonly string[]): Promise<string> {
  const [label = "", value = ""] = PART.label.split("=");
  const document = { Image: BASE, Cmd: command, Labels: { [label]: value }, HostConfig: HOST_CONFIG };
  return text((await client.order("/containers/create", document, [201])).body, "Id");
}

/** Those that the bench has made, and nothing else: every other container lacks its label. */
async function removeContainers(client: EngineClient): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [PART.label] }));
  const rows: unknown = await client.json(`/containers/json?all=1&filters=${filters}`);
  for (const row of Array.isArray(rows) ? (rows as readonly unknown[]) : []) {
    const id = typeof row === "object" && row !== null && "Id" in row ? String(row.Id) : "";
    await client.ask("DELETE", `/containers/${id}?force=1`, [200, 204]);
  }
}

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function member(body: Buffer, name: string): unknown {
  const document: unknown = JSON.parse(body.toString("utf8"));
  return typeof document === "object" && document !== null ? Object.entries(document).find(([key]) => key === name)?.[1] : undefined;
}

function text(body: Buffer, name: string): string {
  return String(member(body, name));
}
