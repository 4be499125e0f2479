import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, chown, link, lstat, mkdir, rename, rm } from "node:fs/promises";
import { connect } from "node:net";
import type { Server } from "node:net";
import { basename, dirname, join } from "node:path";
import { lockDirectory } from "#disk";
import { conflict, isEngineError } from "#errors";

export interface UnixSocketOptions {
  /** Users of this group may connect; without one only the owner may. */
  readonly gid: number | undefined;
}

/** The name of a listening socket in the file system. Disposing removes the name, unless it is another's by now. */
export interface UnixSocketName extends AsyncDisposable {
  readonly path: string;
}

/**
 * Listens at `path`, whose folder is made when missing. The name appears when the socket already answers and has its
 * permissions: it is bound under a name nobody knows and then linked, so neither a client nor a second engine ever meets
 * a half-made one. A name left by a crash is replaced; one that answers is never touched.
 *
 * @throws conflict when somebody listens there, or when `path` is something else than a socket.
 */
export async function listenAtPath(server: Server, path: string, { gid }: UnixSocketOptions): Promise<UnixSocketName> {
  await makeFolder(dirname(path), gid === undefined ? 0o700 : 0o711);
  const hidden = join(dirname(path), `.${randomBytes(4).toString("base64url")}`);
  await bindPrivately(server, hidden);
  try {
    if (gid !== undefined) {
      await chown(hidden, -1, gid);
      await chmod(hidden, 0o660);
    }
    const identity = await identify(hidden);
    await publish(hidden, path);
    return { path, [Symbol.asyncDispose]: () => removeName(path, identity) };
  } catch (error) {
    server.close();
    throw error;
  } finally {
    await rm(hidden, { force: true });
  }
}

async function makeFolder(folder: string, mode: number): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o755 });
  // Only what was made here: a folder that existed belongs to somebody who chose its mode.
  if (made !== undefined) await chmod(folder, mode);
}

async function bindPrivately(server: Server, path: string): Promise<void> {
  // `listen` binds before it returns, so the mask holds for this file alone.
  const mask = process.umask(0o177);
  try {
    server.listen({ path, readableAll: false, writableAll: false });
  } finally {
    process.umask(mask);
  }
  await once(server, "listening");
}

async function publish(hidden: string, path: string): Promise<void> {
  // Fails if the name exists, so that of two engines starting together one wins.
  if (await tryLink(hidden, path)) return;
  // A first look without the lock, so that the usual refusal leaves nothing behind.
  await isStale(path);
  using _lock = await lockStaleName(path);
  if (await isStale(path)) await rm(path);
  if (!(await tryLink(hidden, path))) throw conflict(`cannot listen on "unix://${path}": another process was faster`);
}

async function tryLink(existing: string, path: string): Promise<boolean> {
  try {
    await link(existing, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Between finding a name dead and removing it another engine could have put its own there. Only who has this lock
 * removes, and nobody can link over a name that exists. The lock's folder stays: taking away a lock that somebody
 * waits for would let two in.
 */
async function lockStaleName(path: string): Promise<Disposable> {
  const folder = join(dirname(path), `.${basename(path)}.lock`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    return lockDirectory(folder);
  } catch (error) {
    if (!isEngineError(error, "conflict")) throw error;
    throw conflict(`cannot listen on "unix://${path}": another engine is starting there`, { cause: error });
  }
}

/** Whether the name is there with nobody behind it. @throws conflict when it is in use. */
async function isStale(path: string): Promise<boolean> {
  const identity = await identify(path);
  if (identity === undefined) return false;
  if (!identity.isSocket) throw conflict(`cannot listen on "unix://${path}": there is a file that is not a socket`);
  if (await answers(path)) throw conflict(`cannot listen on "unix://${path}": another process answers there`);
  return true;
}

function answers(path: string): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once("connect", () => resolve(true));
  socket.once("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(false);
    // A queue that is full belongs to somebody alive.
    else if (error.code === "EAGAIN") resolve(true);
    else reject(error);
  });
  return promise.finally(() => socket.destroy());
}

interface Identity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly bornNs: bigint;
  readonly isSocket: boolean;
}

async function identify(path: string): Promise<Identity | undefined> {
  const stats = await lstat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (stats === undefined) return undefined;
  return { device: stats.dev, inode: stats.ino, bornNs: stats.birthtimeNs, isSocket: stats.isSocket() };
}

/** Removes our own name, unless somebody replaced it: looked at after it was moved aside, where nobody can exchange it. */
async function removeName(path: string, identity: Identity | undefined): Promise<void> {
  const aside = join(dirname(path), `.${randomBytes(4).toString("base64url")}`);
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const moved = await identify(aside);
  const isSame = moved?.device === identity?.device && moved?.inode === identity?.inode && moved?.bornNs === identity?.bornNs;
  // Another's goes back.
  if (!isSame) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}
