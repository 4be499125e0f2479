import { manyFiles } from "../corpus/index.ts";
import { sourceText } from "../corpus/random.ts";
import { levelGround } from "../measure/level-ground.ts";
import { BASE, busybox, contextTar, hasBusybox, importBase, PART } from "./busybox-base.ts";
import type { Files } from "./busybox-base.ts";
import type { Case, Goal, Stage } from "./case.ts";
import { load, removeImages } from "./own-images.ts";

const STEPS = 20;

interface BuildCase {
  readonly name: string;
  readonly title: string;
  readonly context: () => Files;
  readonly isCached: boolean;
  readonly goal?: Goal;
  /** A base that has to be there besides the small one. */
  readonly prepare?: (stage: Stage) => Promise<void>;
  readonly needsRoot?: boolean;
}

const settings = (count: number): string => Array.from({ length: count }, (_, index) => `ENV SETTING_${index}=value\n`).join("");
const copies = (count: number): string => Array.from({ length: count }, (_, index) => `COPY file-${index} /app/${index}/\n`).join("");
const files = (count: number, size: number): Files =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`file-${index}`, sourceText(size, index)]));

function twentySteps(): Files {
  return { Dockerfile: `FROM ${BASE}\n${settings(STEPS / 2)}${copies(STEPS / 2)}`, ...files(STEPS / 2, 1000) };
}

function manyCopied(): Files {
  const tree = Object.fromEntries(
    Array.from({ length: 5000 }, (_, index) => [`src/${index % 50}/file-${index}`, sourceText(1500, index % 97)]),
  );
  return { Dockerfile: `FROM ${BASE}\nCOPY src /src\n`, ...tree };
}

function runs(count: number, base = BASE): Files {
  return { Dockerfile: `FROM ${base}\n${Array.from({ length: count }, (_, index) => `RUN echo ${index} > /step-${index}\n`).join("")}` };
}

function threeStages(): Files {
  const Dockerfile = [
    `FROM ${BASE} AS dependencies`,
    "WORKDIR /app",
    "COPY package.json package-lock.json ./",
    "RUN mkdir node_modules && cp package.json node_modules/",
    `FROM ${BASE} AS build`,
    "WORKDIR /app",
    "COPY --from=dependencies /app/node_modules ./node_modules",
    "COPY src ./src",
    "RUN mkdir dist && cp -r src/. dist/",
    `FROM ${BASE}`,
    "WORKDIR /app",
    "COPY --from=dependencies /app/node_modules ./node_modules",
    "COPY --from=build /app/dist ./dist",
    "ENV NODE_ENV=production",
    'CMD ["node", "dist/index.js"]',
    "",
  ].join("\n");
  const source = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`src/module-${index}.js`, sourceText(3000, index)]));
  return { Dockerfile, "package.json": "{}", "package-lock.json": "{}", ...source };
}

export const buildCached = buildCase({
  name: "build-cached",
  title: `build, ${STEPS} cached steps`,
  context: twentySteps,
  isCached: true,
  goal: { below: 10 },
});

export const buildUncached = buildCase({
  name: "build-uncached",
  title: `build, ${STEPS} uncached steps of ENV and COPY`,
  context: twentySteps,
  isCached: false,
  goal: { timesFaster: 3, than: "dockerd" },
});

export const buildCopy = buildCase({
  name: "build-copy",
  title: "build, COPY of 5,000 files",
  context: manyCopied,
  isCached: false,
  goal: { timesFaster: 3, than: "dockerd" },
});

export const buildRuns = buildCase({
  name: "build-runs",
  title: "build, 10 RUN",
  context: () => runs(10),
  isCached: false,
  needsRoot: true,
  goal: { timesFaster: 2, than: "dockerd" },
});

export const buildStages = buildCase({
  name: "build-stages",
  title: "build, application of 3 stages",
  context: threeStages,
  isCached: false,
  needsRoot: true,
});

/** The base is loaded anew each time, so that its unpacking counts. */
export const buildFirstRun = buildCase({
  name: "build-first-run",
  title: "build, first RUN on a base of 21,000 files",
  context: () => runs(1, "bench.local/many-files-base:1"),
  isCached: false,
  needsRoot: true,
  async prepare({ target }) {
    const archive = await manyFiles("oci");
    // What stands on an image goes before it, or an engine keeps what they share.
    await removeImages(target.client, PART);
    await removeImages(target.client, archive);
    await target.client.ask("POST", "/build/prune?all=1", [200, 404]);
    await load(target.client, archive);
    const files = { Dockerfile: `FROM ${archive.tag}\nCOPY busybox /bin/busybox\nCOPY busybox /bin/sh\n`, busybox: busybox() };
    await build(target, files, "bench.local/many-files-base:1", { isCached: false });
  },
});

function buildCase({ name, title, context, isCached, goal, prepare, needsRoot }: BuildCase): Case {
  return {
    name,
    measures: [{ id: "build", title, unit: "ms", ...(goal !== undefined && { goal }) }],
    skip({ target }) {
      if (!hasBusybox()) return "there is no busybox to make a base image of";
      return needsRoot === true && target.name === "slipway" && process.geteuid?.() !== 0 ? "RUN needs root" : undefined;
    },
    async setup({ target }) {
      await removeImages(target.client, PART);
      await importBase(target.client);
      if (isCached) await build(target, context(), `bench.local/${name}:1`, { isCached });
    },
    async run(stage) {
      await prepare?.(stage);
      await levelGround();
      return [{ measure: "build", value: await build(stage.target, context(), `bench.local/${name}:1`, { isCached }) }];
    },
    async teardown({ target }) {
      await removeImages(target.client, PART);
      await removeImages(target.client, await manyFiles("oci"));
    },
  };
}

async function build(
  { client }: Stage["target"],
  files: Files,
  tag: string,
  { isCached }: { readonly isCached: boolean },
): Promise<number> {
  const [key = "", value = ""] = PART.label.split("=");
  const query = new URLSearchParams({
    t: tag,
    networkmode: "none",
    labels: JSON.stringify({ [key]: value }),
    nocache: isCached ? "0" : "1",
  });
  const bytes = Buffer.concat([...contextTar(files)]);
  const { elapsedMs } = await client.upload(`/build?${query.toString()}`, [bytes]);
  return elapsedMs;
}
