import { CORPUS_LABEL } from "../corpus/archive.ts";
import { noise, sourceText } from "../corpus/random.ts";
import { tarEnd, tarFile } from "../corpus/tar-writer.ts";
import { levelGround } from "../measure/level-ground.ts";
import { giveBackRegistry, needsRegistry, pushPath, registryHost, takeRegistry } from "../registry/bench-registry.ts";
import type { Case } from "./case.ts";
import { removeImages } from "./own-images.ts";

const MEGABYTE = 1024 * 1024;
/** What makes a layer of 48 MB: half of it text, half of it what no compressor shrinks. */
const HALF = 24 * MEGABYTE;
const PART = { label: `${CORPUS_LABEL}=pushed`, images: 0, tag: "" };
let serial = 0;

/** A layer that was made here and that no registry has seen, and then the same image once more. */
export const push: Case = {
  name: "push",
  measures: [
    { id: "fresh", title: "push, fresh layer of 48 MB", unit: "ms", goal: { timesFaster: 2, than: "dockerd" } },
    { id: "again", title: "push, unchanged image", unit: "ms" },
  ],
  skip: needsRegistry,
  async setup({ target }) {
    await takeRegistry();
    await removeImages(target.client, PART);
  },
  async run(stage) {
    const { client, name } = stage.target;
    serial += 1;
    const repository = `${await registryHost()}/bench/pushed-${name}-${serial}`;
    const changes = encodeURIComponent(`LABEL ${PART.label}`);
    await client.upload(`/images/create?fromSrc=-&repo=${encodeURIComponent(repository)}&tag=1&changes=${changes}`, layer(serial));
    await levelGround();
    const fresh = await client.progress(pushPath(stage, repository, "1"), { "x-registry-auth": "e30=" });
    const again = await client.progress(pushPath(stage, repository, "1"), { "x-registry-auth": "e30=" });
    await removeImages(client, PART);
    return [
      { measure: "fresh", value: fresh.elapsedMs },
      { measure: "again", value: again.elapsedMs },
    ];
  },
  async teardown({ target }) {
    await removeImages(target.client, PART);
    await giveBackRegistry();
  },
};

async function* layer(seed: number): AsyncGenerator<Uint8Array> {
  yield tarFile("serial", Buffer.from(String(seed)));
  yield tarFile("text", Buffer.concat(Array.from({ length: 24 }, (_, index) => sourceText(MEGABYTE, seed * 100 + index))));
  yield tarFile("noise", noise(HALF, seed));
  yield tarEnd();
}
