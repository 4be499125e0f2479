import assert from "node:assert/strict";

import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { jsonLines, send, startSlipway, tarOf } from "../workbench/index.ts";
import type { TarFile } from "../workbench/index.ts";

import type { Dice } from "./dice.ts";
import type { Operation } from "./operation.ts";

/** A context, and what becomes of it on every machine and day. */
export interface KnownBuild {
  readonly what: string;
  readonly context: Buffer;
  readonly id: string;
  readonly diffIds: readonly string[];
}

const QUERY = new URLSearchParams({ networkmode: "none", buildargs: JSON.stringify({ SOURCE_DATE_EPOCH: "1700000000" }) });

/** They share steps, so that one finds in the cache what another has left, or was about to leave. */
const COPIES = [1, 2, 3, 4].map(
  (number) => `FROM scratch AS files
COPY large small /shared/
COPY --chown=${number % 2}:7 small /own/${number % 2}

FROM scratch
WORKDIR /work
COPY --from=files / /
ENV NUMBER=${number}
COPY small /${number}
`,
);

/** Times are what commands make them, also that of a removal; that of the root is in no layer. */
const RUNS = [1, 2, 3].map(
  (number) => `FROM scratch
ADD busybox.tar /
RUN echo shared > /shared && touch -d @1 /shared
RUN echo ${number} > /own && touch -d @1 /own
`,
);

/** Builds everything once, in an engine of its own, to know what it comes to. Commands only where there is a runtime. */
export async function learnBuilds(dataRoot: string): Promise<readonly KnownBuild[]> {
  const files: readonly TarFile[] = [
    { name: "large", data: Buffer.alloc(2_000_000, "large ") },
    { name: "small", data: "small" },
  ];
  const busybox = { name: "busybox.tar", data: await busyboxTar() };
  const contexts = [
    ...COPIES.map((text, index) => ({ what: `copies ${index}`, files: [{ name: "Dockerfile", data: text }, ...files] })),
    ...(cannotRun() === false ? RUNS : []).map((text, index) => ({
      what: `runs ${index}`,
      files: [{ name: "Dockerfile", data: text }, busybox],
    })),
  ];
  await using slipway = await startSlipway(dataRoot);
  const known: KnownBuild[] = [];
  for (const each of contexts) {
    const context = tarOf(each.files);
    const { body } = await send(slipway.socket, { method: "POST", path: `/build?${QUERY.toString()}&t=known`, body: context });
    assert.match(body.toString(), /Successfully tagged known:latest/);
    const image = await send(slipway.socket, { method: "GET", path: "/images/known/json" });
    const { Id: id, RootFS: rootFs } = JSON.parse(image.body.toString()) as { Id: string; RootFS: { Layers: readonly string[] } };
    known.push({ what: each.what, context, id, diffIds: rootFs.Layers });
  }
  return known;
}

/** One of them, under one of these names or none. */
export function drawBuild(dice: Dice, builds: readonly KnownBuild[], names: readonly string[]): Operation {
  const { what, context, id } = dice.pick(builds);
  const name = dice.chance(0.8) ? dice.pick(names) : undefined;
  const isDone: Operation["isDone"] = ({ status, body }) =>
    status === 200 && /Successfully built/.test(JSON.stringify(jsonLines(body).slice(-2)));
  return {
    what: `build ${what}, ${id.slice(7, 19)}, as ${name ?? "nothing"}`,
    call: {
      method: "POST",
      path: `/build?${QUERY.toString()}${name === undefined ? "" : `&t=${name}`}`,
      headers: { "content-type": "application/x-tar" },
      body: context,
    },
    isDone,
    // Nothing that others do at the same time is a reason to fail.
    isBroken: (answer) => !isDone(answer),
    change: () => [
      ({ images, names: pointing }) => {
        images.add(id);
        if (name !== undefined) pointing.set(name, id);
      },
    ],
  };
}

/** Images do not need the cache: nothing that they are changes. */
export function pruneCache(): Operation {
  return {
    what: "prune the build cache",
    call: { method: "POST", path: "/build/prune?all=1" },
    isDone: ({ status }) => status === 200,
    change: () => [() => undefined],
  };
}
