import { statfs } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { internal, unavailable } from "#errors";
import { writeTar } from "#archive";
import type { FileData, TarInput } from "#archive";
import { startProgram } from "#programs";
import type { SnapshotLayer } from "./layer.ts";
import { OPAQUE_XATTR, overlayPlan } from "./overlay-entries.ts";
import type { OverlayPlan } from "./overlay-entries.ts";
import { RangeReader } from "./range-reader.ts";
import { GNU_TAR, requireGnuTar } from "./gnu-tar.ts";

const EXTRACT = [
  "--extract --file=- --absolute-names --numeric-owner --same-owner --same-permissions --warning=no-timestamp",
  // Files come in the order of their layer's tar, long after the directories they lie in.
  "--delay-directory-restore",
  `--xattrs --xattrs-include=security.capability --xattrs-include=user.* --xattrs-include=${OPAQUE_XATTR}`,
].flatMap((line) => line.split(" "));

/**
 * Unpacks the last layer of a chain into an empty directory, as overlayfs wants it.
 *
 * The layer's own tar goes nowhere near a program: a new one is written from the index, whose names are clean and
 * whose parents are directories, so that GNU tar, fast and able to make devices, owners and extended attributes, can
 * take it at its word.
 *
 * @throws unavailable when the disk has no room for it.
 */
export async function unpackLayer(chain: readonly SnapshotLayer[], directory: string, signal?: AbortSignal): Promise<void> {
  await requireGnuTar();
  const plan = await overlayPlan(chain.map(({ index }) => index));
  await checkRoom(directory, plan.size);
  const { child, done } = startProgram("tar", [...EXTRACT, `--directory=${directory}`], {
    package: GNU_TAR,
    signal,
    stdio: ["pipe", "ignore", "pipe"],
  });
  if (child.stdin === null) throw internal("tar has no input");
  const [fed, ended] = await Promise.allSettled([
    pipeline(Readable.from(writeTar(entriesOf(plan, chain)), { objectMode: true, highWaterMark: 2 }), child.stdin, { signal }),
    done,
  ]);
  // A source that fails ends tar's input early; a tar that fails breaks the pipe, and says more than that.
  if (fed.status === "rejected" && (fed.reason as NodeJS.ErrnoException).code !== "EPIPE") throw fed.reason;
  if (ended.status === "rejected") throw ended.reason;
}

async function* entriesOf({ first, files, last }: OverlayPlan, chain: readonly SnapshotLayer[]): AsyncGenerator<TarInput, void> {
  for (const header of first) yield { header };
  for (const [number, wanted] of files) {
    const layer = chain[number];
    if (layer === undefined) throw internal(`no layer ${number} in a chain of ${chain.length}`);
    await using reader = new RangeReader(layer.open());
    for (const { header, data } of wanted) yield { header, body: contents(reader, data, header.size ?? 0) };
  }
  for (const header of last) yield { header };
}

/** The file as it reads, holes as zeros. */
async function* contents(
  reader: RangeReader,
  { dataOffset, storedSize, sparse }: FileData,
  size: number,
): AsyncGenerator<Uint8Array, void> {
  if (sparse === undefined) {
    yield* reader.read(dataOffset, storedSize);
    return;
  }
  let stored = dataOffset;
  let at = 0;
  for (const { offset, length } of sparse) {
    yield* zeros(offset - at);
    yield* reader.read(stored, length);
    stored += length;
    at = offset + length;
  }
  yield* zeros(size - at);
}

const ZEROS = new Uint8Array(256 * 1024);

function* zeros(length: number): Generator<Uint8Array, void> {
  for (let left = length; left > 0; left -= ZEROS.byteLength) yield ZEROS.subarray(0, left);
}

/** A sparse file of a few bytes may claim to be larger than any disk. */
async function checkRoom(directory: string, size: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (size > bavail * bsize) throw unavailable(`cannot unpack layer: no space left on device, ${size} bytes are needed`);
}
