/**
 * What is known of each container, a file each, in a folder that holds all there is of it.
 *
 * Promises: a record is the old one or the new one, and a container is there whole or not at all, whatever crashed
 * when; a damaged record is reported and set aside, and the others are read all the same. Knows no record's meaning and
 * nothing of what else is in the folder.
 */
export { ContainerRecords } from "./container-records.ts";
export type { ContainerLayer, ContainerRecord, ContainerState, Endpoint, MountPoint } from "./record.ts";
