import { existsSync, readFileSync } from "node:fs";
import { LayerIndex, LayerScanner, writeTar } from "#archive";
import type { TarInput } from "#archive";
import { chainIds, createDigester } from "#oci";
import type { SnapshotLayer } from "#snapshots";

const BUSYBOX = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));

/** Why nothing can be run here, for a test's `skip`. */
export function cannotRun(): string | false {
  if (process.getuid?.() !== 0) return "only root may run containers";
  if (!["runc", "crun"].some(hasProgram)) return "no OCI runtime is installed";
  return BUSYBOX === undefined ? "busybox-static is not installed" : false;
}

export function hasProgram(name: string): boolean {
  return ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].some((folder) => existsSync(`${folder}/${name}`));
}

/** The bytes of a tar. */
export async function tarOf(entries: Iterable<TarInput>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Layers in their places, base first. */
export function chainOf(...tars: readonly Uint8Array[]): SnapshotLayer[] {
  const layers = tars.map((tar) => {
    const scanner = new LayerScanner();
    scanner.push(tar);
    const digester = createDigester("sha256");
    digester.update(tar);
    return { tar, index: LayerIndex.open(scanner.finish().index), diffId: digester.digest() };
  });
  const ids = chainIds(layers.map(({ diffId }) => diffId));
  return layers.flatMap(({ tar, index }, position) => {
    const chainId = ids[position];
    return chainId === undefined ? [] : [{ chainId, index, open: () => inPieces(tar) }];
  });
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 10_000) yield await Promise.resolve(bytes.subarray(at, at + 10_000));
}

const APPLETS =
  "sh cat chmod chown cp dd echo env false hostname id kill ln ls mkdir mkfifo mknod mv ping pwd rm sleep stat test touch true";

/** A root with busybox in it and the tables of users that the text gives. */
export function busyboxTar(tables: { passwd?: string; group?: string } = {}): Promise<Buffer> {
  const busybox = BUSYBOX === undefined ? Buffer.alloc(0) : readFileSync(BUSYBOX);
  return tarOf([
    { header: { type: "directory", path: "bin", mode: 0o755 } },
    { header: { type: "directory", path: "etc", mode: 0o755 } },
    { header: { type: "directory", path: "tmp", mode: 0o1777 } },
    { header: { type: "file", path: "bin/busybox", mode: 0o755, size: busybox.byteLength }, body: busybox },
    ...APPLETS.split(" ").map((name) => ({ header: { type: "symlink" as const, path: `bin/${name}`, linkPath: "busybox" } })),
    ...Object.entries(tables).map(([name, text]) => ({
      header: { type: "file" as const, path: `etc/${name}`, mode: 0o644, size: Buffer.byteLength(text) },
      body: Buffer.from(text),
    })),
  ]);
}
