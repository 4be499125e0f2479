import type { TarInput } from "#archive";

const NINES = { seconds: 999_999_999, nanoseconds: 999_999_999 };
const DAY = { seconds: 1_609_502_400, nanoseconds: 0 };

/** What a checkout cannot hold, by case: it is added to the context behind the folder's files. */
export const oddities: Readonly<Record<string, readonly TarInput[]>> = {
  "odd-context": [
    folder("odd"),
    folder("odd/empty"),
    folder("odd/sticky", 0o1777),
    folder("odd/setgid", 0o2750),
    folder("odd/sticky/empty-too", 0o700),
    file("odd/setuid", 0o4755),
    file("odd/hard-1", 0o640),
    { header: { type: "hardlink", path: "odd/hard-2", linkPath: "odd/hard-1", mode: 0o640, mtime: DAY } },
    { header: { type: "hardlink", path: "odd/sticky/hard-3", linkPath: "odd/hard-1", mode: 0o640, mtime: DAY } },
    { header: { type: "symlink", mode: 0o777, path: "odd/link-to-file", linkPath: "hard-1", mtime: DAY } },
    { header: { type: "symlink", mode: 0o777, path: "odd/link-to-dir", linkPath: "./setgid", mtime: DAY } },
    { header: { type: "symlink", mode: 0o777, path: "odd/link-out", linkPath: "/etc/passwd", mtime: DAY } },
    { header: { type: "symlink", mode: 0o777, path: "odd/link-up", linkPath: "../../../..", mtime: DAY } },
    { header: { type: "fifo", path: "odd/fifo", mode: 0o622, mtime: DAY } },
    file("odd/setgid/inner", 0o2711),
    file("odd/nothing", 0o000),
    folder("times"),
    { header: { type: "file", path: "times/fraction", mode: 0o644, mtime: NINES } },
    { header: { type: "file", path: "times/epoch", mode: 0o644, mtime: { seconds: 0, nanoseconds: 0 } } },
    { header: { type: "directory", path: "times/old-folder", mode: 0o755, mtime: { seconds: 86_400, nanoseconds: 500 } } },
  ],
  "chmod-symbolic": [
    folder("all"),
    file("all/every", 0o7777),
    file("all/private", 0o600),
    file("all/closed", 0o000),
    file("all/tool", 0o6711),
    folder("all/dir", 0o7753),
    folder("all/plain", 0o750),
  ],
  "copy-modes": [file("modes/closed", 0o600), file("modes/suid-tool", 0o4711), folder("modes/drop", 0o1733)],
  "long-names": [
    folder("l".repeat(120)),
    file(`${"l".repeat(120)}/${"m".repeat(130)}`),
    folder(`${"l".repeat(120)}/${"f".repeat(90)}`),
    { header: { type: "symlink", mode: 0o777, path: `${"l".repeat(120)}/to`, linkPath: "t".repeat(180), mtime: DAY } },
    file("x".repeat(100)),
    file("y".repeat(99)),
  ],
};

function folder(path: string, mode = 0o755): TarInput {
  return { header: { type: "directory", path, mode, mtime: DAY } };
}

function file(path: string, mode = 0o644): TarInput {
  return { header: { type: "file", path, mode, mtime: DAY, size: Buffer.byteLength(path) }, body: Buffer.from(path) };
}
