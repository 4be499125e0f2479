import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { startSlipway, temporaryFolder } from "../workbench/index.ts";
import type { Slipway } from "../workbench/index.ts";

import { clear, imagesOf, loadInto } from "./engine-client.ts";
import { zoo } from "./expected.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let slipway: Slipway;

before(async () => {
  folder = await temporaryFolder();
  slipway = await startSlipway(join(folder.path, "data"));
});

after(async () => {
  await slipway[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

for (const { file, built, images } of zoo) {
  test(`${file} loads with exactly its images`, async () => {
    await clear(slipway.socket);
    const archive = built ?? readFileSync(new URL(`archives/${file}`, import.meta.url));
    const said = await loadInto(slipway.socket, archive);
    const names = images.flatMap((image) => image.names);
    assert.deepEqual(said.toSorted(), (names.length > 0 ? names : images.map(({ id }) => id)).toSorted());
    const expected = images.map((image) => ({ absent: [], ...image })).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    assert.deepEqual(await imagesOf(slipway.socket), expected);
  });
}
