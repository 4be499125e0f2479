import { dockerArchive, imageOf, legacyArchive, ociArchive, tarOf } from "../workbench/index.ts";
import type { Image, TarFile } from "../workbench/index.ts";

/** What every client is given: the same images, so that their answers can be held beside each other. */

const ETC: readonly TarFile[] = [{ name: "etc/" }, { name: "etc/hosts", data: "127.0.0.1 localhost\n" }];

/** Two layers, tagged `demo/app:1`. */
export const APP: Image = imageOf([ETC, [{ name: "app", data: "#!/bin/sh\n".repeat(500) }]], {
  created: "2024-03-01T12:00:00Z",
  config: { Cmd: ["/app"], Env: ["PATH=/bin"], Labels: { team: "harbour" }, ExposedPorts: { "80/tcp": {} } },
});

/** One layer, shared with `APP`, and older. Tagged `demo/old:1`. */
export const OLD: Image = imageOf([ETC], { created: "2023-01-01T00:00:00Z", config: { Labels: { team: "lighthouse" } } });

/** Without a name. */
export const NAMELESS: Image = imageOf([ETC], { created: "2023-06-01T00:00:00Z", author: "nobody" });

/** `demo/multi:1` on a 64-bit ARM; its other platform is `MULTI_AMD64`. */
export const MULTI_ARM64: Image = imageOf([ETC, [{ name: "app", data: "arm" }]], { architecture: "arm64", variant: "v8" });
export const MULTI_AMD64: Image = imageOf([ETC, [{ name: "app", data: "amd" }]]);

/** `demo/app:1` and `demo/old:1`. */
export const ARCHIVE: Buffer = tarOf(
  dockerArchive([
    { image: APP, tags: ["demo/app:1"] },
    { image: OLD, tags: ["demo/old:1"] },
  ]),
);

export const NAMELESS_ARCHIVE: Buffer = tarOf(dockerArchive([{ image: NAMELESS }]));

/** As engines before 25 wrote it: `demo/old:legacy`. */
export const LEGACY_ARCHIVE: Buffer = tarOf(legacyArchive([{ image: OLD, tags: ["demo/old:legacy"] }]));

export const MULTI_ARCHIVE: Buffer = tarOf(
  ociArchive(
    [
      { image: MULTI_AMD64, platform: { os: "linux", architecture: "amd64" } },
      { image: MULTI_ARM64, platform: { os: "linux", architecture: "arm64", variant: "v8" } },
    ],
    { annotations: { "io.containerd.image.name": "docker.io/demo/multi:1" } },
  ),
);

/** Built on `NAMELESS`, which comes along: `demo/child:1`. */
export const CHILD: Image = imageOf([ETC, [{ name: "child", data: "c" }]], { created: "2024-06-01T00:00:00Z", author: "nobody" });
export const FAMILY_ARCHIVE: Buffer = tarOf(
  dockerArchive([{ image: NAMELESS }, { image: CHILD, tags: ["demo/child:1"], parent: NAMELESS.id }]),
);

/** What `docker import` takes. */
export const ROOTFS: Buffer = tarOf(ETC);

/** As clients print an ID. */
export function short(id: string): string {
  return id.slice("sha256:".length).slice(0, 12);
}
