/**
 * Layers unpacked for processes to run on, and what the processes change.
 *
 * Promises: a tree is whole or not there, whatever crashed when; it is unpacked once, however many want it; nothing is
 * written outside the data root, whatever a layer says; what is in use stays; nothing stays mounted after its user is
 * gone. It is a cache: everything may be made again from the layers, but for what a container changed, which lies in the
 * container's own folder. Refuses to know images, builds and where layers
 * come from.
 */
export type { ActiveSnapshot } from "./active-snapshot.ts";
export { changesSize } from "./changes-size.ts";
export type { SnapshotLayer } from "./layer.ts";
export type { MountPoint } from "./mount-points.ts";
export type { RootChange } from "./root-changes.ts";
export { requireRoot, Snapshots } from "./snapshots.ts";
export type { MountedRoot, MountRequest, PrepareRequest } from "./snapshots.ts";
