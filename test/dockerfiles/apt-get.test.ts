import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { completion } from "#async";
import { openEngine } from "#engine";
import type { BuildRequest } from "#engine";

import { streamOf } from "../fixtures/streams.ts";
import { tarArchive } from "../fixtures/tar-archive.ts";
import { cannotRun, hasProgram } from "../runtime/chains.ts";
import { temporaryFolder } from "../workbench/index.ts";

/** A tree of debootstrap's whose apt is set up for the network of this machine: making one takes minutes. */
const ROOT = process.env["SLIPWAY_DEBIAN_ROOT"];

const DOCKERFILE = `FROM suite/debian:1
ENV DEBIAN_FRONTEND=noninteractive
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked <<EOF
set -e
apt-get update -q
apt-get install -y -q --no-install-recommends ed
EOF
RUN printf 'a\\nfrom ed\\n.\\nw /said\\nq\\n' | ed && cat /said
`;

for (const network of ["default", "host"] as const) {
  test(`apt-get installs a package over the ${network} network`, { skip: whyNot(network), timeout: 300_000 }, async () => {
    await using folder = await temporaryFolder();
    await using engine = await openEngine({ dataRoot: folder.path });
    const root = spawn("tar", ["-c", "--numeric-owner", "--xattrs", "-C", ROOT ?? "", "."], { stdio: ["ignore", "pipe", "inherit"] });
    await completion(engine.images.import({ archive: root.stdout, repository: "suite/debian", tag: "1" }));
    const request: BuildRequest = { context: streamOf([tarArchive({ Dockerfile: DOCKERFILE })]), network };
    const said: string[] = [];
    for await (const event of engine.builds.build(request)) if (event.type === "output") said.push(event.text);
    assert.match(said.join(""), /Setting up ed .*from ed\n$/s);
  });
}

function whyNot(network: string): string | false {
  if (ROOT === undefined) return "SLIPWAY_DEBIAN_ROOT names no tree of debootstrap";
  return cannotRun() || (network === "default" && !hasProgram("slirp4netns") && "slirp4netns is not installed");
}
