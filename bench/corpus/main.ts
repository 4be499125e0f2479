/** Makes the whole corpus at once and tells its sizes: `node --conditions=source bench/corpus/main.ts`. */
import { stat } from "node:fs/promises";
import { bigLayer, manyFiles, tinyImages, twoGigabytes } from "./index.ts";

const archives = [
  await manyFiles("docker"),
  await manyFiles("oci"),
  await bigLayer("docker"),
  await bigLayer("oci"),
  await tinyImages(100, { tagged: true }),
  await tinyImages(1_000, { tagged: true }),
  await tinyImages(10_000, { tagged: true }),
  await tinyImages(500, { tagged: false }),
];
for (const { path, images } of archives)
  console.log(`${((await stat(path)).size / 1e6).toFixed(1).padStart(7)} MB  ${images} image(s)  ${path}`);
console.log(`streamed: ${(await twoGigabytes()).tag}`);
