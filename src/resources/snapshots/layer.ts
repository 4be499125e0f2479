import type { LayerIndex } from "#archive";
import type { ChainId } from "#oci";

/** A layer in its place in a chain, as a snapshot is made from it. */
export interface SnapshotLayer {
  /** Names this layer together with all below it. */
  readonly chainId: ChainId;
  readonly index: LayerIndex;
  /** The layer's uncompressed tar, from its beginning; called only when it has to be unpacked. */
  open(): AsyncIterable<Uint8Array>;
}
