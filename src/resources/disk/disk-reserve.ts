import { open, rm } from "node:fs/promises";
import { rmSync } from "node:fs";
import { join } from "node:path";

const SIZE = 4 * 1024 * 1024;

/**
 * A few megabytes kept aside so that removing still works on a full disk: the database must grow a little
 * before a removal can give space back.
 */
export class DiskReserve {
  readonly #path: string;

  constructor(directory: string) {
    this.#path = join(directory, "reserve");
  }

  /** Sets the space aside; silently goes without on a disk that has none left or takes no writes. Never rejects. */
  async fill(): Promise<void> {
    try {
      const file = await open(this.#path, "wx", 0o600);
      try {
        // Real blocks: a hole would reserve nothing.
        await file.writeFile(Buffer.alloc(SIZE, 1));
        await file.datasync();
      } finally {
        await file.close();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
      await rm(this.#path, { force: true }).catch(() => undefined);
    }
  }

  release(): void {
    rmSync(this.#path, { force: true });
  }
}
