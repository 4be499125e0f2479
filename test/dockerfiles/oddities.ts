import type { TarInput } from "#archive";

/** What a checkout cannot hold, by case: it is added to the context behind the folder's files. */
export const oddities: Readonly<Record<string, readonly TarInput[]>> = {};
