import { gzipSync } from "node:zlib";

import { imageOf, tarOf } from "../workbench/index.ts";
import type { Image, TarFile } from "../workbench/index.ts";

/** An archive in the manner of a tool that cannot be had here. */
interface BuiltArchive {
  readonly file: string;
  readonly bytes: Buffer;
  readonly image: Image;
  readonly names: readonly string[];
}

const image = imageOf([[{ name: "built/" }, { name: "built/first", data: "first" }], [{ name: "built/second", data: "second" }]], {
  created: "2024-06-01T00:00:00Z",
  config: { Cmd: ["/built"] },
});
const hex = (digest: string): string => digest.slice("sha256:".length);
const layers = image.layers.map((bytes, index) => ({ bytes, name: hex(image.diffIds[index] ?? "") }));

function built(file: string, names: readonly string[], files: readonly TarFile[]): BuiltArchive {
  return { file, names, image, bytes: tarOf(files) };
}

function manifest(config: string, tags: readonly string[], paths: readonly string[]): string {
  return JSON.stringify([{ Config: config, RepoTags: tags, Layers: paths }]);
}

export const builtArchives: readonly BuiltArchive[] = [
  // kaniko, crane, ko, jib: colons in names, compressed layers, the manifest at the end.
  built(
    "kaniko (built)",
    ["built/kaniko:1"],
    [
      { name: image.id, data: image.config },
      ...layers.map(({ name, bytes }) => ({ name: `${name}.tar.gz`, data: gzipSync(bytes) })),
      {
        name: "manifest.json",
        data: manifest(
          image.id,
          ["built/kaniko:1"],
          layers.map(({ name }) => `${name}.tar.gz`),
        ),
      },
    ],
  ),
  // `tar -C folder .` puts `./` before everything; the manifest comes first here.
  built(
    "dot-prefixed (built)",
    ["built/dots:1"],
    [
      { name: "./" },
      { name: "./manifest.json", data: manifest("config.json", ["docker.io/built/dots:1"], ["layers/0.tar", "./layers//1.tar"]) },
      { name: "./layers/" },
      ...layers.map(({ bytes }, index) => ({ name: `./layers/${index}.tar`, data: bytes })),
      { name: "./config.json", data: image.config },
    ],
  ),
  // nix dockerTools: layers are streamed before anything says what they are.
  built(
    "nix (built)",
    ["built/nix:1"],
    [
      ...layers.flatMap(({ name, bytes }) => [{ name: `${name}/` }, { name: `${name}/layer.tar`, data: bytes }]),
      { name: `${hex(image.id)}.json`, data: image.config },
      {
        name: "manifest.json",
        data: manifest(
          `${hex(image.id)}.json`,
          ["built/nix:1"],
          layers.map(({ name }) => `${name}/layer.tar`),
        ),
      },
    ],
  ),
  // A tool that writes a layer once and links to it by every other name.
  built(
    "hard-linked (built)",
    ["built/links:1"],
    [
      ...layers.map(({ name, bytes }) => ({ name: `store/${name}`, data: bytes })),
      ...layers.map(({ name }, index) => ({ name: `layer-${index}.tar`, hardLink: `store/${name}` })),
      { name: "config.json", data: image.config },
      { name: "manifest.json", data: manifest("config.json", ["built/links:1"], ["layer-0.tar", "layer-1.tar"]) },
    ],
  ),
];
