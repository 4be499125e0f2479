import type { ConformanceCase } from "../case.ts";
import { DISCOVERY } from "./discovery.ts";
import { MANAGEMENT } from "./management.ts";
import { PULL } from "./pull.ts";
import { PUSH_BLOBS } from "./push-blobs.ts";
import { PUSH_MANIFESTS } from "./push-manifests.ts";

/** In the order of the specification: pull, push, content discovery, content management. */
export const CASES: readonly ConformanceCase[] = [...PULL, ...PUSH_BLOBS, ...PUSH_MANIFESTS, ...DISCOVERY, ...MANAGEMENT];
