import { builtArchives } from "./built-archives.ts";

/** An image as it must be found after an archive has been loaded. */
export interface ExpectedImage {
  /** Digest of the config; of several platforms', the one of linux/amd64. */
  readonly id: string;
  /** Familiar, in canonical order. */
  readonly names: readonly string[];
  /** Diff IDs, base first. */
  readonly layers: readonly string[];
  /** Whose content the archive brings, the image's own platform first. */
  readonly platforms: readonly string[];
  /** Whose manifests the index names although the archive lacks them. */
  readonly absent?: readonly string[];
}

export interface Specimen {
  readonly file: string;
  /** Bytes of an archive that is made by code rather than kept. */
  readonly built?: Buffer;
  readonly images: readonly ExpectedImage[];
}

const TOOL = "sha256:e7013a23dd9bbbfa7bbf7f2d8151b31796cd20a25df119f542c4b90772af2170";
const WHITEOUT = "sha256:82795cd54e5300b4ae2ae457026873296f8a164453c63643815a32034e49d5d3";
const OPAQUE = "sha256:1d1e467ac64b033e8d17939a69394ba2f1eb5a8d22318d55be4072d8556e0efd";
const KIT = ["sha256:d15fd10e8cb0cc6a489ebd3134f24a2234f7e2689d50cd828bf9cfbcf69b885c"];
const THREE = [TOOL, WHITEOUT, OPAQUE];

const AMD64 = ["linux/amd64"];
/** Tools around containers/image rewrite the config when they make an OCI image of a Docker one. */
const ANIMAL = "sha256:b7734972748783657aabf6955092e31664d5ae1dde185553a5901073abe829ed";
const ANIMAL_AS_OCI = "sha256:e967bacf7bcbf9a0fac954a753e141712b1262e218e8a2f5dccf5f75a25f023d";

function animal(...names: string[]): ExpectedImage {
  return { id: ANIMAL, names, layers: THREE, platforms: AMD64 };
}

function ociAnimal(...names: string[]): ExpectedImage {
  return { ...animal(...names), id: ANIMAL_AS_OCI };
}

function duplicate(...names: string[]): ExpectedImage {
  const id = "sha256:3786e08b00cde50ecb9a9dddf059f1603ab027dddac4d0c293dfe3060ce902b6";
  return { id, names, layers: [TOOL, WHITEOUT, WHITEOUT], platforms: AMD64 };
}

function kit(...names: string[]): ExpectedImage {
  return { id: "sha256:7746e38e6aa0ab59c765b875ed8950c4088f1781484c494369aff0572d05610c", names, layers: KIT, platforms: AMD64 };
}

const sparse: ExpectedImage = {
  id: "sha256:86e217346ca01bd50057b754a2f736c90155cfc7eb60558fd2981f46dead981c",
  names: ["zoo/sparse:1"],
  layers: ["sha256:a7b51650b943961840c86f2fc913b3841c6e378e5b03dd5c2d49bfb78e0281af"],
  platforms: AMD64,
  absent: ["linux/arm64/v8"],
};

/** A bare word in `org.opencontainers.image.ref.name` is a tag of the layout and names no repository. */
const made: ExpectedImage = {
  id: "sha256:7fccde6bab03ecf4373496640af41993d8f57caf2ff032626c559d1d764b3190",
  names: [],
  layers: ["sha256:3f78ab38d7322d8e3f374b41c7e366e6da1d2b20ac47a4584bb46c349464173c"],
  platforms: AMD64,
};

const BOTH = ["linux/amd64", "linux/arm64/v8"];

const KEPT: readonly (readonly [file: string, ...images: ExpectedImage[]])[] = [
  ["buildah-docker-archive.tar", animal("zoo/buildah:1", "localhost/zoo/animal:1")],
  ["buildah-oci-archive.tar", ociAnimal("zoo/buildah:1")],
  ["buildah-oci-zstd.tar", ociAnimal("zoo/buildah:zstd")],
  ["buildkit-docker.tar", kit("zoo/buildkit:docker")],
  ["buildkit-oci-attested.tar", kit("zoo/buildkit:attested")],
  ["buildkit-oci-platforms.tar", { ...kit("zoo/buildkit:platforms"), platforms: ["linux/amd64", "linux/arm64"] }],
  ["docker-20.10-links.tar", duplicate("zoo/dup:1")],
  ["docker-20.10.tar", animal("zoo/animal:1"), duplicate("zoo/dup:1")],
  ["docker-28-containerd-attested.tar", kit("zoo/buildkit:stored")],
  ["docker-28-containerd-multi.tar", { ...animal("zoo/multi:1"), platforms: BOTH }],
  ["docker-28-containerd-sparse.tar", sparse],
  ["docker-28-containerd.tar", animal("zoo/animal:1")],
  ["docker-28-containerd.tar.gz", animal("zoo/animal:1")],
  ["docker-28-graph.tar", animal("zoo/animal:1", "zoo/animal:latest")],
  ["docker-28-graph.tar.zst", animal("zoo/animal:1", "zoo/animal:latest")],
  ["podman-docker-archive-several.tar", animal("localhost/zoo/animal:1"), duplicate("localhost/zoo/dup:1")],
  ["podman-docker-archive.tar", animal("localhost/zoo/animal:1")],
  ["podman-docker-archive.tar.xz", animal("localhost/zoo/animal:1")],
  ["podman-oci-archive.tar", ociAnimal("localhost/zoo/animal:1")],
  ["skopeo-docker-archive-nameless.tar", animal()],
  ["skopeo-docker-archive-repeated.tar", duplicate("zoo/skopeo:repeated")],
  ["skopeo-docker-archive.tar", animal("zoo/skopeo:1")],
  ["skopeo-oci-all.tar", { ...animal("zoo/skopeo:all"), platforms: BOTH }],
  ["skopeo-oci-archive-nameless.tar", ociAnimal()],
  ["skopeo-oci-archive.tar", ociAnimal("zoo/skopeo:oci")],
  ["skopeo-oci-archive.tar.bz2", ociAnimal("zoo/skopeo:oci")],
  ["umoci-layout.tar", made],
];

/** Every archive of the zoo and what is in it. */
export const zoo: readonly Specimen[] = [
  ...KEPT.map(([file, ...images]) => ({ file, images })),
  ...builtArchives.map(({ file, bytes, image, names }) => ({
    file,
    built: bytes,
    images: [{ id: image.id, names, layers: image.diffIds, platforms: AMD64 }],
  })),
];
