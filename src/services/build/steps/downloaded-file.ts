import type { TarTime } from "#archive";
import type { AddInstruction } from "#dockerfile";
import { EngineError, invalidArgument } from "#errors";
import { parseDigest } from "#oci";
import type { Digest } from "#oci";
import type { StageRun } from "../stage-run.ts";

/** A file that ADD has fetched; disposing of it removes it. */
export interface DownloadedFile extends AsyncDisposable {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly name: string;
  /** When the server says that it was changed, else the epoch. */
  readonly mtime: TarTime;
  readonly body: () => AsyncIterable<Uint8Array>;
}

/** @throws invalid-argument when neither the URL nor the server names the file and it has to have a name. */
export async function download({ deps, build }: StageRun, url: string, { checksum, sources }: AddInstruction): Promise<DownloadedFile> {
  const { content } = deps;
  const expected = checksum === undefined ? undefined : parseDigest(checksum);
  const { body, fileName, lastModified } = await deps
    .fetchUrl(url, { signal: build.signal, checksum: expected })
    .catch((error: unknown) => {
      throw addFailure(error);
    });
  if (fileName === undefined && sources.destination.endsWith("/")) throw invalidArgument(`cannot determine filename for source ${url}`);
  await using ingest = await content.ingest({ inspect: false, isTemporary: true });
  for await (const chunk of body) await ingest.write(chunk);
  const blob = await ingest.finish();
  return {
    digest: blob.digest,
    size: blob.size,
    name: fileName ?? "__unnamed__",
    mtime: { seconds: Math.floor((lastModified?.getTime() ?? 0) / 1000), nanoseconds: 0 },
    body: async function* () {
      await using reader = await content.openStaged(blob);
      yield* reader.stream();
    },
    [Symbol.asyncDispose]: () => content.discard([blob]),
  };
}

function addFailure(error: unknown): unknown {
  if (!(error instanceof EngineError) || error.kind === "cancelled") return error;
  return new EngineError(error.kind, `ADD failed: ${error.message}`, { cause: error });
}
