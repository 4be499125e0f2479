import { connect } from "#sdk";
import type { Client, ConnectOptions } from "#sdk";
import { reference, startSlipway, temporaryFolder } from "./workbench/index.ts";

/** An engine that the same conversation is held with. */
export interface Target {
  readonly name: string;
  /** `config`: an image's ID is the digest of its config. `target`: of its index, or of its manifest if it has none. */
  readonly imageId: "config" | "target";
  /** Every image has its manifests, and they can be looked at. */
  readonly keepsManifests: boolean;
  /** The `until` filter of lists means when the image was made, not when it came here. */
  readonly untilIsCreation: boolean;
  /** `undefined` when that engine does not run on this machine. */
  open(): Promise<OpenTarget | undefined>;
}

export interface OpenTarget extends AsyncDisposable {
  readonly host: string;
  /** The caller disposes it. */
  connect(options?: Omit<ConnectOptions, "host">): Promise<Client>;
}

/** Both stores of the reference engine, where they run, and Slipway's daemon on an empty data root. */
export const targets: readonly Target[] = [
  {
    name: "dockerd, graph store",
    imageId: "config",
    keepsManifests: false,
    untilIsCreation: true,
    open: () => openReference("dockerd"),
  },
  {
    name: "dockerd, containerd store",
    imageId: "target",
    keepsManifests: true,
    untilIsCreation: false,
    open: () => openReference("containerd"),
  },
  { name: "Slipway", imageId: "config", keepsManifests: true, untilIsCreation: true, open: openSlipway },
];

async function openReference(name: "dockerd" | "containerd"): Promise<OpenTarget | undefined> {
  const socket = await reference(name);
  return socket === undefined ? undefined : { ...connectable(`unix://${socket}`), [Symbol.asyncDispose]: async () => {} };
}

async function openSlipway(): Promise<OpenTarget> {
  const folder = await temporaryFolder();
  try {
    const daemon = await startSlipway(`${folder.path}/data`);
    return {
      ...connectable(`unix://${daemon.socket}`),
      [Symbol.asyncDispose]: async () => {
        await daemon.stop();
        await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

function connectable(host: string): Pick<OpenTarget, "host" | "connect"> {
  return { host, connect: (options) => connect({ ...options, host }) };
}
