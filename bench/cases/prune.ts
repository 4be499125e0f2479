import { internal } from "#errors";
import { tinyImages } from "../corpus/index.ts";
import { levelGround } from "../measure/level-ground.ts";
import type { Case } from "./case.ts";
import { listByLabel, load, prunePath, removeImages } from "./own-images.ts";

const COUNT = 500;

/** Untagged images that share a layer; the label filter keeps the prune off everything else that is stored. */
export const prune: Case = {
  name: "prune",
  measures: [
    { id: "prune", title: `prune of ${COUNT} images`, unit: "ms" },
    { id: "load", title: `load of ${COUNT} small images in one archive`, unit: "ms" },
  ],
  skip({ target, scale }) {
    if (target.name === "slipway" || COUNT <= scale.referenceImages) return undefined;
    return `references are filled with ${scale.referenceImages} images at most (\`--reference-images\`)`;
  },
  async setup({ target }) {
    await removeImages(target.client, await tinyImages(COUNT, { tagged: false }));
  },
  async run({ target }) {
    const archive = await tinyImages(COUNT, { tagged: false });
    await levelGround(archive.path);
    const loaded = await load(target.client, archive);
    await levelGround();
    const pruned = await target.client.ask("POST", prunePath(archive.label, "true"));
    const left = (await listByLabel(target.client, archive.label)).length;
    if (left > 0) throw internal(`cannot measure prune: ${left} of ${COUNT} images remain`);
    return [
      { measure: "prune", value: pruned.elapsedMs },
      { measure: "load", value: loaded.elapsedMs },
    ];
  },
  async teardown({ target }) {
    await removeImages(target.client, await tinyImages(COUNT, { tagged: false }));
  },
};
