import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "#disk";
import { dataLoss, forbidden } from "#errors";

export interface ApiToken {
  readonly path: string;
  readonly token: string;
}

/** The token for plain TCP, kept in the data root and made on first use. Stays the same over restarts. */
export async function openApiToken(dataRoot: string): Promise<ApiToken> {
  const path = join(dataRoot, "api-token");
  const kept = await readToken(path);
  if (kept !== undefined) return { path, token: kept };
  const token = randomBytes(32).toString("base64url");
  await writeFileAtomic(path, Buffer.from(`${token}\n`), { durable: true });
  return { path, token };
}

async function readToken(path: string): Promise<string | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  await using closing = file;
  const { mode, uid } = await closing.stat();
  if (uid !== process.geteuid?.() || (mode & 0o077) !== 0) {
    throw forbidden(`cannot trust "${path}": others can read or write it; remove it to get a new one`);
  }
  const token = (await closing.readFile("utf8")).trim();
  if (!/^[A-Za-z0-9_-]{32,256}$/.test(token)) throw dataLoss(`cannot use "${path}": it holds no token; remove it to get a new one`);
  return token;
}
