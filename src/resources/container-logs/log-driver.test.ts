import assert from "node:assert/strict";
import { test } from "node:test";
import { isEngineError } from "#errors";
import { parseLogDriver } from "./log-driver.ts";

const SOURCES = {
  id: "0123456789abcdef".repeat(4),
  name: "web",
  imageName: "app:1",
  imageId: `sha256:${"ab".repeat(32)}`,
  labels: { tier: "front", "com.example.a": "1" },
  env: ["PATH=/bin", "MODE=a=b", "EMPTY"],
};

type Options = Readonly<Record<string, string>>;

/** As the reference engine words them, whether it says so at create or at the first start. */
const refusals: readonly (readonly [type: string, options: Options, message: string])[] = [
  ["x", {}, 'error looking up logging plugin x: plugin "x" not found'],
  ["nope", {}, 'error looking up logging plugin nope: plugin "nope" not found'],
  ["json-file", { foo: "1" }, "unknown log opt 'foo' for json-file log driver"],
  ["local", { labels: "1" }, "unknown log opt 'labels' for log driver local"],
  ["", { "max-size": "abc" }, "invalid size: 'abc'"],
  ["", { "max-size": "-1" }, "invalid size: '-1'"],
  ["", { "max-size": "1x" }, "invalid suffix: 'x'"],
  ["", { "max-size": "0" }, "max-size must be a positive number"],
  ["local", { "max-size": "abc" }, "invalid value for max-size: abc: invalid size: 'abc'"],
  ["", { "max-file": "0" }, "max-file cannot be less than 1"],
  ["", { "max-file": "x" }, 'strconv.Atoi: parsing "x": invalid syntax'],
  ["local", { "max-file": "0" }, "compression cannot be enabled when max file count is 1"],
  ["", { compress: "true" }, "compress cannot be true when max-file is less than 2 or max-size is not set"],
  ["", { compress: "q", "max-size": "1m", "max-file": "2" }, 'strconv.ParseBool: parsing "q": invalid syntax'],
  ["local", { compress: "x" }, 'error reading compress log option: strconv.ParseBool: parsing "x": invalid syntax'],
  ["none", { mode: "zz" }, "logger: logging mode not supported: zz"],
  ["", { mode: "non-blocking", "max-buffer-size": "q" }, "error parsing option max-buffer-size: invalid size: 'q'"],
  ["", { "max-buffer-size": "1m" }, "logger: max-buffer-size option is only supported with 'mode=non-blocking'"],
];

for (const [type, options, message] of refusals) {
  test(`log driver "${type}" with ${JSON.stringify(options)} is refused: ${message}`, () => {
    assert.throws(
      () => parseLogDriver({ type, options }, SOURCES),
      (error) => isEngineError(error, "invalid-argument") && error.message === message,
    );
  });
}

const bounds: readonly (readonly [type: string, options: Options, maxSize: number, maxFiles: number])[] = [
  ["", {}, 10_000_000, 3],
  ["json-file", { "max-size": "1k" }, 1000, 1],
  ["json-file", { "max-size": "1.5 MiB", "max-file": "2", compress: "true" }, 1_500_000, 2],
  ["json-file", { "max-file": "7", mode: "non-blocking", "max-buffer-size": "4m" }, 10_000_000, 7],
  ["local", {}, 20_000_000, 5],
  ["local", { "max-size": "0" }, 20_000_000, 5],
  ["local", { "max-file": "1", compress: "false" }, 20_000_000, 1],
];

for (const [type, options, maxSize, maxFiles] of bounds) {
  test(`log driver "${type}" with ${JSON.stringify(options)} keeps ${maxFiles} files of ${maxSize} bytes`, () => {
    const driver = parseLogDriver({ type, options }, SOURCES);
    assert.deepEqual([driver.maxSize, driver.maxFiles], [maxSize, maxFiles]);
  });
}

const attributes: readonly (readonly [options: Options, expected: Options | undefined])[] = [
  [{}, undefined],
  [
    { labels: "tier,absent", env: "MODE,EMPTY" },
    { EMPTY: "", MODE: "a=b", tier: "front" },
  ],
  [
    { "labels-regex": "^com\\.", "env-regex": "^P" },
    { "com.example.a": "1", PATH: "/bin" },
  ],
  [{ tag: "{{.Name}}/{{ .ID }}-x" }, { tag: "web/0123456789ab-x" }],
  [{ tag: "{{.ImageName}} {{.ImageID}}" }, { tag: "app:1 abababababab" }],
];

for (const [options, expected] of attributes) {
  test(`log options ${JSON.stringify(options)} add ${JSON.stringify(expected)} to lines`, () => {
    assert.deepEqual(parseLogDriver({ type: "json-file", options }, SOURCES).attributes, expected);
  });
}

for (const tag of ["{{", "{{.Nope}}", "{{.Name | upper}}", "{{.constructor}}"]) {
  test(`the tag ${tag} is refused`, () => {
    assert.throws(() => parseLogDriver({ type: "", options: { tag } }, SOURCES), /cannot read the log option tag: unknown template action/);
  });
}
