import { tinyImages } from "../corpus/index.ts";
import type { Case, Measure, Sample, Stage } from "./case.ts";
import { load, removeImages } from "./own-images.ts";

/** Short requests are measured among as many images as a machine in use holds. */
export const AROUND = 100;

/** A case of many equal short requests, one after another on one connection. */
export function requestCase(
  name: string,
  measures: readonly Omit<Measure, "unit">[],
  ask: (stage: Stage, serial: number) => Promise<readonly Sample[]>,
): Case {
  const archive = () => tinyImages(AROUND, { tagged: true });
  return {
    name,
    measures: measures.map((measure) => ({ ...measure, title: `${measure.title}, among ${AROUND} images`, unit: "ms" })),
    async setup({ target }) {
      await removeImages(target.client, await archive());
      await load(target.client, await archive());
    },
    async run(stage) {
      const samples: Sample[] = [];
      for (let serial = 0; serial < stage.scale.requests; serial++) samples.push(...(await ask(stage, serial % AROUND)));
      return samples;
    },
    async teardown({ target }) {
      await removeImages(target.client, await archive());
    },
  };
}
