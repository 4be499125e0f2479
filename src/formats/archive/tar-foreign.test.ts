import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { collect, split, streamOf } from "../../../test/fixtures/streams.ts";
import { decodeName } from "./entry-name.ts";
import { fileSegments } from "./file-segments.ts";
import { readTar } from "./read-tar.ts";
import type { TarHeader } from "./tar-header.ts";
import { writeTar } from "./write-tar.ts";
import type { TarInput } from "./write-tar.ts";

function missing(program: string): string | false {
  return spawnSync(program, ["--version"]).error === undefined ? false : `${program} is not installed`;
}

async function readAll(tar: Uint8Array): Promise<Map<string, { header: TarHeader; body: Buffer }>> {
  const entries = new Map<string, { header: TarHeader; body: Buffer }>();
  for await (const { header, body } of readTar(streamOf(split(tar, 1000)))) entries.set(header.path, { header, body: await collect(body) });
  return entries;
}

/** What a reader of the file sees, holes filled in. */
function expanded(header: TarHeader, tar: Buffer): Buffer {
  const { size, dataOffset, storedSize, sparse } = header;
  const segments = [...fileSegments({ size, data: { dataOffset, storedSize, sparse } })];
  return Buffer.concat(
    segments.map((segment) =>
      segment.type === "hole" ? Buffer.alloc(segment.length) : tar.subarray(segment.offset, segment.offset + segment.length),
    ),
  );
}

describe("tars of GNU tar", { skip: missing("tar") }, () => {
  for (const format of ["v7", "ustar", "gnu", "oldgnu", "posix"]) {
    test(`in ${format} format are read as they were made`, async () => {
      const directory = mkdtempSync(join(tmpdir(), "slipway-tar-"));
      try {
        const long = join("long".repeat(12), "name".repeat(11));
        mkdirSync(join(directory, "long".repeat(12)));
        writeFileSync(join(directory, long), "content");
        writeFileSync(join(directory, "empty"), "");
        symlinkSync("long/../elsewhere", join(directory, "symlink"));
        linkSync(join(directory, long), join(directory, "zlink"));
        chmodSync(join(directory, "empty"), 0o4711);
        utimesSync(join(directory, "empty"), 1, 1_234_567_890);
        const tar = execFileSync(
          "tar",
          ["--format", format, "--sort=name", "--owner=12", "--group=34", "--numeric-owner", "-C", directory, "-cf", "-", "."],
          { maxBuffer: 1e8 },
        );
        const entries = await readAll(tar);
        assert.deepEqual([...entries.keys()], ["./", "./empty", `./${"long".repeat(12)}/`, `./${long}`, "./symlink", "./zlink"]);
        const empty = entries.get("./empty")?.header;
        assert.deepEqual([empty?.mode, empty?.uid, empty?.gid, empty?.mtime.seconds, empty?.size], [0o4711, 12, 34, 1_234_567_890, 0]);
        assert.equal(entries.get(`./${long}`)?.body.toString(), "content");
        assert.equal(entries.get("./symlink")?.header.linkPath, "long/../elsewhere");
        assert.deepEqual([entries.get("./zlink")?.header.type, entries.get("./zlink")?.header.linkPath], ["hardlink", `./${long}`]);
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  }

  for (const [name, flags] of [
    ["old GNU", ["--format=gnu"]],
    ["PAX 0.0", ["--format=posix", "--sparse-version=0.0"]],
    ["PAX 0.1", ["--format=posix", "--sparse-version=0.1"]],
    ["PAX 1.0", ["--format=posix", "--sparse-version=1.0"]],
  ] as const) {
    test(`with a sparse file in ${name} form give the file's bytes`, async () => {
      const directory = mkdtempSync(join(tmpdir(), "slipway-tar-"));
      try {
        const path = join(directory, "sparse");
        const file = openSync(path, "w");
        // More extents than fit into the header, and a hole at the end.
        for (let i = 0; i < 30; i++) writeSync(file, `data ${i}`, i * 65536);
        truncateSync(path, 30 * 65536);
        const tar = execFileSync("tar", ["-S", ...flags, "-C", directory, "-cf", "-", "sparse"], { maxBuffer: 1e8 });
        const { header } = [...(await readAll(tar)).values()][0] ?? assert.fail("no entry");
        assert.ok(header.sparse !== undefined && header.sparse.length >= 30);
        assert.equal(header.path, "sparse");
        assert.ok(expanded(header, tar).equals(readFileSync(path)));
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  }
});

const WRITTEN: readonly TarInput[] = [
  { header: { path: "dir", type: "directory", mode: 0o1777, uid: 1, gid: 2, mtime: { seconds: 1_700_000_000, nanoseconds: 0 } } },
  { header: { path: "dir/file", type: "file", mode: 0o644, size: 5 }, body: Buffer.from("hello") },
  { header: { path: `${"deep/".repeat(40)}end`, type: "file", size: 1 }, body: Buffer.from("x") },
  { header: { path: "n".repeat(200), type: "file", size: 0 } },
  { header: { path: "umlaut-ä", type: "symlink", linkPath: `t/${"ü".repeat(90)}` } },
  { header: { path: decodeName(Uint8Array.from([0x61, 0xff, 0x62])), type: "file", size: 0 } },
  { header: { path: "hard", type: "hardlink", linkPath: "dir/file" } },
  { header: { path: "big-ids", type: "fifo", uid: 3_000_000_000, gid: 2_097_152 } },
  { header: { path: "early", type: "file", size: 0, mtime: { seconds: -2, nanoseconds: 500_000_000 } } },
  { header: { path: "null", type: "char-device", devMajor: 1, devMinor: 3, mode: 0o666 } },
];

const PYTHON_LIST = `
import json, os, sys, tarfile
out = []
for m in tarfile.open(fileobj=sys.stdin.buffer, mode="r|"):
    out.append([os.fsencode(m.name).hex(), m.type.decode(), m.mode, m.uid, m.gid, m.size, m.mtime, os.fsencode(m.linkname).hex(), m.devmajor, m.devminor])
print(json.dumps(out))
`;

describe("Python's tarfile", { skip: missing("python3") }, () => {
  test("reads what writeTar writes", async () => {
    const tar = await collect(writeTar(WRITTEN));
    const listed = JSON.parse(execFileSync("python3", ["-c", PYTHON_LIST], { input: tar, encoding: "utf8" })) as unknown[][];
    const entries = [...(await readAll(tar)).values()].map(({ header }) => header);
    const flags = { file: "0", hardlink: "1", symlink: "2", "char-device": "3", "block-device": "4", directory: "5", fifo: "6", other: "" };
    const expected = entries.map((header) => [
      Buffer.from(header.name).toString("hex").replace(/2f$/, ""),
      flags[header.type],
      header.mode,
      header.uid,
      header.gid,
      header.size,
      header.mtime.seconds + header.mtime.nanoseconds / 1e9,
      Buffer.from(header.linkName).toString("hex"),
      header.devMajor,
      header.devMinor,
    ]);
    assert.equal(listed.length, WRITTEN.length);
    assert.deepEqual(listed, expected);
  });

  for (const format of ["USTAR_FORMAT", "GNU_FORMAT", "PAX_FORMAT"]) {
    test(`writes ${format} that is read as it was meant`, async () => {
      const script = `
import io, sys, tarfile
t = tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.${format})
i = tarfile.TarInfo("${"p/".repeat(60)}name"); i.size = 3; i.uid = 2000000; i.gid = 7; i.mode = 0o2755; i.mtime = 1600000000; i.linkname = ""
t.addfile(i, io.BytesIO(b"abc"))
i = tarfile.TarInfo("link"); i.type = tarfile.SYMTYPE; i.linkname = "${"q/".repeat(45)}"
t.addfile(i)
i = tarfile.TarInfo("dev"); i.type = tarfile.BLKTYPE; i.devmajor = 8; i.devminor = 1
t.addfile(i)
t.close()
`;
      const entries = [...(await readAll(execFileSync("python3", ["-c", script]))).values()];
      const [file, link, device] = entries.map(({ header }) => header);
      assert.equal(entries[0]?.body.toString(), "abc");
      assert.deepEqual(
        [file?.path, file?.uid, file?.gid, file?.mode, file?.mtime.seconds],
        [`${"p/".repeat(60)}name`, 2_000_000, 7, 0o2755, 1_600_000_000],
      );
      assert.deepEqual([link?.type, link?.linkPath], ["symlink", "q/".repeat(45)]);
      assert.deepEqual([device?.type, device?.devMajor, device?.devMinor], ["block-device", 8, 1]);
    });
  }
});

test("GNU tar unpacks what writeTar writes", { skip: missing("tar") }, async () => {
  const directory = mkdtempSync(join(tmpdir(), "slipway-tar-"));
  try {
    const plain = WRITTEN.filter(({ header }) => !["char-device", "hardlink", "fifo"].includes(header.type));
    execFileSync("tar", ["-C", directory, "--no-same-owner", "-xf", "-"], { input: await collect(writeTar(plain)) });
    assert.equal(readFileSync(join(directory, "dir/file"), "utf8"), "hello");
    assert.equal(readFileSync(join(directory, `${"deep/".repeat(40)}end`), "utf8"), "x");
    assert.equal(readFileSync(Buffer.concat([Buffer.from(`${directory}/a`), Buffer.from([0xff]), Buffer.from("b")]), "utf8"), "");
  } finally {
    rmSync(directory, { recursive: true });
  }
});
