import { encodeTarHeader, tarEnd } from "#archive";
import { checkCases } from "./build-cases.ts";
import { tarOfFiles } from "./context-files.ts";

/** The byte 0xe9 alone: é in Latin-1, and nothing in UTF-8. */
const LATIN = "caf\udce9";
const marker = (path: string): string => `cannot store /${path}: a name that begins with ".wh." stands for something that a layer removes`;

checkCases("names", [
  {
    name: "of any bytes are copied as they are, and found by wildcards",
    files: { [LATIN]: "l", ü: "u", "a\nb": "n", "c\\d": "b", 日本: "j" },
    text: "FROM scratch\nCOPY caf? ü a* c* 日* /x/",
    makes: {
      "x/": "0755 0:0",
      "x/a\nb": "0644 0:0 n",
      "x/c\\d": "0644 0:0 b",
      "x/caf\u00e9": "0644 0:0 l",
      "x/ü": "0644 0:0 u",
      "x/日本": "0644 0:0 j",
    },
  },
  {
    name: "of whiteouts in a context are no whiteouts, and do no harm where they are not copied",
    files: { "d/.wh.f": "w", "d/f": "f", "d/.wh..wh..opq": "o" },
    text: "FROM scratch\nCOPY d/f /x",
    makes: { x: "0644 0:0 f" },
  },
  { name: "of whiteouts are not copied", files: { "d/.wh.f": "w" }, text: "FROM scratch\nCOPY d /x", fails: marker("x/.wh.f") },
  { name: "of whiteouts are no destinations", files: { f: "f" }, text: "FROM scratch\nCOPY f /.wh.x", fails: marker(".wh.x") },
  { name: "of whiteouts are no directories", text: "FROM scratch\nWORKDIR /a/.wh.x/y", fails: marker("a/.wh.x") },
  {
    name: "of whiteouts are not unpacked",
    base: { "d/f": "f" },
    files: { "t.tar": await tarOfFiles({ "d/.wh.f": "" }) },
    text: "FROM base\nADD t.tar /",
    fails: marker("d/.wh.f"),
  },
  {
    name: "of more than 255 bytes",
    files: { f: "f" },
    text: `FROM scratch\nCOPY f /${"d".repeat(256)}`,
    fails: `cannot make a layer of this step: cannot read archive: the name "${"d".repeat(32)}…" is too long, expected at most 255 bytes`,
  },
  {
    name: "a thousand folders deep",
    archive: Buffer.concat([
      await tarOfFiles({ Dockerfile: "FROM scratch\nCOPY . /" }).then((tar) => tar.subarray(0, -1024)),
      encodeTarHeader({ path: `${"d/".repeat(1001)}f`, type: "file" }),
      tarEnd(),
    ]),
    fails: "cannot read archive: a path is too deep, expected at most 1000 components",
  },
]);
