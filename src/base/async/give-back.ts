/**
 * Frees the memory behind bytes that nobody looks at any more, at once: a collector finds it in its own time, and meanwhile a
 * transfer of gigabytes grows. For whoever owns them alone. Of memory that is cut into pieces the last one frees it; pieces so
 * small that Node may have cut them from memory it shares are left to the collector.
 */
export function giveBack(bytes: Uint8Array): void {
  const { buffer, byteOffset, byteLength } = bytes;
  const isLast = byteOffset + byteLength === buffer.byteLength;
  if (isLast && byteLength >= Buffer.poolSize / 2 && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** The same for whoever owns all of the memory that a piece lies in, however little of it the piece is. */
export function giveBackWhole({ buffer, byteLength }: Uint8Array): void {
  const isShared = buffer.byteLength === Buffer.poolSize && byteLength <= Buffer.poolSize / 2;
  if (!isShared && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
