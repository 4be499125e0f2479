import { internal } from "#errors";
import { tinyImages } from "../corpus/index.ts";
import type { Case, Goal, Sample } from "./case.ts";
import { load, removeImages } from "./own-images.ts";

export const list100 = listCase(100);
export const list1000 = listCase(1_000, { below: 10 });
export const list10000 = listCase(10_000, { below: 60 });

const WARM_UP_REQUESTS = 3;
/** Long answers give steady numbers soon: about so many rows are listed in one round. */
const ROWS_PER_ROUND = 100_000;
/** Slow engines get fewer requests rather than minutes. */
const ENOUGH_MS = 5_000;

function listCase(count: number, goal?: Goal): Case {
  const archive = () => tinyImages(count, { tagged: true });
  return {
    name: `list-${count}`,
    measures: [{ id: "list", title: `list of ${count.toLocaleString("en")} images`, unit: "ms", ...(goal === undefined ? {} : { goal }) }],
    skip({ target, scale }) {
      if (target.name === "slipway" || count <= scale.referenceImages) return undefined;
      return `references are filled with ${scale.referenceImages} images at most (\`--reference-images\`)`;
    },
    async setup({ target }) {
      await removeImages(target.client, await archive());
      await load(target.client, await archive());
    },
    async run({ target, scale }) {
      const started = performance.now();
      for (let index = 0; index < WARM_UP_REQUESTS; index++) await target.client.ask("GET", "/images/json");
      const samples: Sample[] = [];
      const requests = Math.min(scale.requests, Math.ceil(ROWS_PER_ROUND / count));
      for (let index = 0; index < requests && (index < 3 || performance.now() - started < ENOUGH_MS); index++) {
        const { body, elapsedMs } = await target.client.ask("GET", "/images/json");
        const rows: unknown = JSON.parse(body.toString("utf8"));
        if (!Array.isArray(rows) || rows.length < count) throw internal(`cannot measure list: fewer than ${count} images in the answer`);
        samples.push({ measure: "list", value: elapsedMs });
      }
      return samples;
    },
    async teardown({ target }) {
      await removeImages(target.client, await archive());
    },
  };
}
