import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { conflict } from "#errors";

/**
 * Writes this process's ID for init scripts. It guards nothing: the lock in the data root does.
 *
 * @throws conflict when the process that wrote the file still runs.
 */
export async function writePidFile(path: string, pid: number): Promise<AsyncDisposable> {
  const unfinished = `${path}.${pid}`;
  await writeFile(unfinished, `${pid}\n`, { mode: 0o644 });
  try {
    await publish(unfinished, path, pid);
  } finally {
    await rm(unfinished, { force: true });
  }
  return { [Symbol.asyncDispose]: () => removeOwn(path, pid) };
}

async function publish(unfinished: string, path: string, pid: number): Promise<void> {
  try {
    // A link, unlike a rename, fails when somebody else was faster.
    await link(unfinished, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const other = await readPid(path);
    if (other !== undefined && other !== pid && isRunning(other)) {
      throw conflict(`cannot write pid file "${path}": process with PID ${other} is still running`);
    }
    await rename(unfinished, path);
  }
}

async function removeOwn(path: string, pid: number): Promise<void> {
  if ((await readPid(path)) === pid) await rm(path, { force: true });
}

async function readPid(path: string): Promise<number | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  return /^\d{1,10}\s*$/.test(text) ? Number(text) : undefined;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's process runs all the same.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
