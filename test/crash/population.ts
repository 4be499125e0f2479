import { imageOf, tarOf } from "../workbench/index.ts";

/** Layers that many images have, loaded or pulled. */
export const SHARED = tarOf([{ name: "shared", data: Buffer.alloc(20_000, "shared ") }]);
export const GROUPS = Array.from({ length: 4 }, (_, index) => tarOf([{ name: `group-${index}`, data: Buffer.alloc(3000, `${index}`) }]));

/** A small population, so that images and layers are loaded, removed and loaded again. */
export const POPULATION = Array.from({ length: 12 }, (_, index) =>
  imageOf([SHARED, GROUPS[index % 4] ?? SHARED, [{ name: `own-${index}`, data: `${index}` }]], {
    created: `2024-02-${String(index + 1).padStart(2, "0")}T00:00:00Z`,
  }),
);
