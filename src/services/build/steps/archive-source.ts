import { decompress, readTar } from "#archive";
import { isEngineError } from "#errors";

/** Whether the bytes are a tar, in any one compression: its first header tells. */
export async function isArchive(bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  try {
    for await (const _ of readTar(decompress(bytes))) return true;
    return false;
  } catch (error) {
    if (isEngineError(error, "invalid-argument")) return false;
    throw error;
  }
}
