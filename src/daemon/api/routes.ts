import { ping, pingHead } from "./handlers/ping.ts";
import { route } from "./http/route.ts";
import type { Route } from "./http/route.ts";

/** Every endpoint there is. Fixed paths win over patterns, earlier patterns over later ones. */
export const ROUTES: readonly Route[] = [
  route("GET", "/_ping", ping),
  route("HEAD", "/_ping", pingHead),
];
