import { once } from "node:events";
import { EngineError, internal, isEngineError } from "#errors";
import { startProgram } from "#programs";
import type { ContainerSpec } from "../run-spec.ts";

/** The network of one process; it is gone when it is disposed of, and when we are. */
export interface Network extends AsyncDisposable {
  /** Path to join; undefined for none of ours. */
  readonly namespace: string | undefined;
  /** The name server that answers in there, when it is another than the machine's. */
  readonly nameserver: string | undefined;
  /** Its own in a network of its own. */
  readonly address: string | undefined;
}

const NO_NETWORK: Network = {
  namespace: undefined,
  nameserver: undefined,
  address: undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

const NAMESERVER = "10.0.2.3";
const ADDRESS = "10.0.2.100";
/** As in Docker. */
const DEVICE = "eth0";

/**
 * `default` is a namespace of its own with a way out through slirp4netns: connections are made by an ordinary program
 * on the machine, no address, bridge or firewall rule of the machine changes, and its loopback stays out of reach.
 *
 * @throws unavailable when slirp4netns is not installed.
 */
export async function openNetwork(mode: ContainerSpec["network"], signal: AbortSignal | undefined): Promise<Network> {
  if (mode !== "default") return NO_NETWORK;
  await using opened = new AsyncDisposableStack();
  // It holds the namespace for as long as its input is open, which ends with us, however we end.
  const holder = startProgram("unshare", ["--net", "--", "sh", "-c", "echo ready; exec cat"], {
    package: "util-linux",
    signal,
    stdio: ["pipe", "pipe", "pipe"],
  });
  opened.defer(() => end(holder.child, holder.exitCode));
  await Promise.race([once(holder.child.stdout ?? holder.child, "data"), failed(holder.done)]);
  const pid = String(holder.child.pid);
  const [ready, exit] = [3, 4];
  const slirp = startProgram(
    "slirp4netns",
    ["--configure", "--mtu=65520", "--disable-host-loopback", `--ready-fd=${ready}`, `--exit-fd=${exit}`, pid, DEVICE],
    { package: "slirp4netns", signal, stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] },
  );
  opened.defer(() => end(slirp.child, slirp.exitCode));
  const signalled = slirp.child.stdio[ready];
  if (signalled === null || signalled === undefined) throw internal("slirp4netns has no pipe to answer on");
  await Promise.race([once(signalled, "data"), failed(slirp.done)]).catch(withWayOut);
  const resources = opened.move();
  return {
    namespace: `/proc/${pid}/ns/net`,
    nameserver: NAMESERVER,
    address: ADDRESS,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** A program that ends before it is ready has failed, whatever its exit code. */
async function failed(done: Promise<void>): Promise<never> {
  await done;
  throw internal("its program ended at once");
}

async function end(child: { kill(signal: "SIGKILL"): boolean }, exitCode: Promise<number>): Promise<void> {
  child.kill("SIGKILL");
  await exitCode.catch(() => undefined);
}

function withWayOut(error: unknown): never {
  if (!isEngineError(error) || error.kind === "cancelled") throw error;
  throw new EngineError(error.kind, `cannot make a network: ${error.message} (none is needed with the networks none and host)`, {
    cause: error,
  });
}
