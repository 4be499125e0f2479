import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { EngineError } from "#engine";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { BuildBench, cachedSteps, once } from "./build-bench.ts";
import type { Built, Order } from "./build-bench.ts";

describe("steps that run something", { skip: cannotRun() }, () => {
  let bench: BuildBench;

  before(async () => {
    bench = await BuildBench.open();
    const passwd = "root:x:0:0::/root:/bin/sh\nbob:x:1000:1001::/home/bob:/bin/sh\n";
    const archive = once(await busyboxTar({ passwd, group: "root:x:0:\nbob:x:1001:\n" }));
    await Array.fromAsync(bench.engine.images.import({ archive, repository: "bb", tag: "1" }));
  });
  after(() => bench[Symbol.asyncDispose]());

  const build = (text: string, order: Order = {}): Promise<Built> => bench.build({ network: "none", text: `FROM bb:1\n${text}`, ...order });
  const said = ({ events }: Built): string => events.map((event) => (event.type === "output" ? event.text : "")).join("");
  /** The last layer, as its tar has it. */
  const made = ({ layers }: Built): Built["layers"][number] => layers.at(-1) ?? {};

  test("171: the exit code is in the error", async () => {
    const error = await build("RUN exit 23").then(
      () => undefined,
      (cause: unknown) => cause,
    );
    assert.ok(error instanceof EngineError);
    assert.deepEqual([error.message, error.details?.["exitCode"]], ["The command '/bin/sh -c exit 23' returned a non-zero code: 23", 23]);
  });

  test("172: the message keeps the command as it was written", async () => {
    const message = await bench.fail({ network: "none", text: "FROM bb:1\nRUN badEXE a1 \\& a2\\ta3" });
    assert.equal(message, "The command '/bin/sh -c badEXE a1 \\& a2\\ta3' returned a non-zero code: 127");
  });

  test("176: steps count from 1, and output comes once", async () => {
    const built = await build("ARG A=1\nRUN echo once $A");
    assert.equal(said(built), "once 1\n");
    const steps = built.events.flatMap((event) => (event.type === "step" ? [`${event.number}/${event.total} ${event.text}`] : []));
    assert.deepEqual(steps, ["1/3 FROM bb:1", "2/3 ARG A=1", "3/3 RUN echo once $A"]);
  });

  test("177: a command that changes nothing makes a layer", async () => {
    const built = await build("RUN true");
    assert.deepEqual([made(built), built.config.history.at(-1)?.empty_layer], [{}, undefined]);
  });

  test("178: a directory that was removed and made again hides what was in it, a removed one is gone", async () => {
    const { files } = await build("RUN mkdir /d /e && touch /d/a /e/b\nRUN rm -r /d /e && mkdir /d && touch /d/c");
    const below = Object.keys(files).filter((path) => /^[de]\//.test(path));
    assert.deepEqual(below, ["d/", "d/c"]);
  });

  test("130: setuid that a command set outlives what is copied over the parent", async () => {
    const built = await build("RUN mkdir -p /u/bin && touch /u/bin/su && chmod 4755 /u/bin/su\nCOPY d /u", { files: { "d/bin/x": "x" } });
    assert.equal(built.files["u/bin/su"], "4755 0:0 ");
  });

  test("8: only what changed is in the layer, with the directories on the way", async () => {
    const built = await build("RUN mkdir -p /a/b && touch /a/b/c /a/x\nRUN chmod 600 /a/b/c && ln /a/b/c /a/b/d");
    assert.deepEqual(made(built), { "a/": "0755 0:0", "a/b/": "0755 0:0", "a/b/c": "0600 0:0 ", "a/b/d": "= a/b/c" });
  });

  test("3.13: WORKDIR belongs to the user that is set, USER says nothing for COPY", async () => {
    const { files } = await build("USER bob\nWORKDIR /w/x\nCOPY f f\nRUN touch g", { files: { f: "f" } });
    const below = Object.fromEntries(Object.entries(files).filter(([path]) => path.startsWith("w/")));
    const owned = { "w/": "0755 1000:1001", "w/x/": "0755 1000:1001" };
    assert.deepEqual(below, { ...owned, "w/x/f": "0644 0:0 f", "w/x/g": "0644 1000:1001 " });
  });

  test("88: what is written to a volume stays", async () => {
    const { files } = await build("VOLUME /v\nRUN mkdir -p /v && echo x > /v/f");
    assert.equal(files["v/f"], "0644 0:0 x\n");
  });

  test("179: without a network there is nothing but loopback", async () => {
    assert.equal(said(await build("RUN ls /sys/class/net")), "lo\n");
  });

  test("180: extra hosts can be seen and do not stay", async () => {
    const built = await build("RUN cat /etc/hosts", { sandbox: { extraHosts: [{ host: "foo", ip: "1.2.3.4" }] } });
    assert.match(said(built), /^1\.2\.3\.4\tfoo$/m);
    assert.deepEqual(made(built), {});
  });

  test("181: secrets are files while a command runs, and in no layer", async () => {
    const secrets = new Map([["s", Buffer.from("kept-to-itself")]]);
    const built = await build("RUN --mount=type=secret,id=s cat /run/secrets/s", { secrets });
    assert.equal(said(built), "kept-to-itself");
    assert.doesNotMatch(JSON.stringify([made(built), built.config]), /kept-to-itself/);
    assert.equal(said(await build("RUN --mount=type=secret,id=n test -e /run/secrets/n || echo none")).endsWith("none\n"), true);
    const required = await bench.fail({ text: "FROM bb:1\nRUN --mount=type=secret,id=n,required true" });
    assert.equal(required, "secret n: not found");
  });

  test("182: what is written to a bind mount is gone afterwards", async () => {
    const text = "RUN --mount=type=bind,rw,target=/m echo new > /m/f && cat /m/f\nRUN --mount=type=bind,target=/m cat /m/f";
    const built = await build(text, { files: { f: "old\n" } });
    assert.equal(said(built), "new\nold\n");
    assert.deepEqual(Object.keys(made(built)), []);
  });

  test("183: a cache stays over steps, builds and targets", async () => {
    const mount = (target: string): string => `RUN --mount=type=cache,id=c,target=${target}`;
    await build(`${mount("/one")} echo a > /one/f\n${mount("/two")} cat /two/f`).then((built) => assert.equal(said(built), "a\n"));
    const again = await build(`${mount("/three")} cat /three/f`);
    assert.deepEqual([said(again), Object.keys(made(again))], ["a\n", []]);
  });

  test("184: ENV behind a command does not run it again, before it does", async () => {
    const text = (before_: string, behind: string): string => `FROM bb:1\nENV A=${before_}\nRUN echo $A\nENV B=${behind}\nLABEL x=y`;
    await bench.build({ network: "none", text: text("1", "1") });
    assert.deepEqual(cachedSteps((await bench.build({ network: "none", text: text("1", "2") })).events), [2, 3]);
    assert.deepEqual(cachedSteps((await bench.build({ network: "none", text: text("2", "2") })).events), []);
  });

  test("185: what is around a command makes it another one", async () => {
    const order: Order = { network: "none", text: "FROM bb:1\nRUN echo around" };
    await bench.build(order);
    const found = async (sandbox: Order["sandbox"]): Promise<number[]> =>
      cachedSteps((await bench.build({ ...order, ...(sandbox !== undefined && { sandbox }) })).events);
    assert.deepEqual(await found(undefined), [2]);
    assert.deepEqual(await found({ shmSize: 1024 * 1024 }), []);
    assert.deepEqual(await found({ ulimits: [{ name: "nofile", soft: 100, hard: 100 }] }), []);
    assert.deepEqual(await found({ extraHosts: [{ host: "foo", ip: "1.2.3.4" }] }), []);
    assert.deepEqual(await found(undefined), [2]);
  });

  test("6.2: a change of a declared argument runs what follows again, of a proxy not", async () => {
    const order: Order = { network: "none", text: "FROM bb:1\nARG A=0\nRUN echo argument" };
    await bench.build(order);
    assert.deepEqual(cachedSteps((await bench.build({ ...order, buildArgs: { HTTP_PROXY: "http://p" } })).events), [2, 3]);
    assert.deepEqual(cachedSteps((await bench.build({ ...order, buildArgs: { A: "1" } })).events).includes(3), false);
  });

  test("122: a program of the image is not what unpacks", async () => {
    const text = "COPY evil /usr/bin/xz\nCOPY evil /bin/xz\nADD t /x";
    const built = await build(text, { files: { evil: { text: "#!/bin/sh\ntouch /ran", mode: 0o755 }, t: XZ } });
    assert.equal(built.files["x/f"], "0644 0:0 f");
    assert.equal(built.files["ran"], undefined);
  });
});

/** A tar with one file. */
const XZ = Buffer.from(
  "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Af/AD1dADMAM1AYaImDAdzibiEFRld82HMHMqqoNJJbxdRRamZSwU0vs7CpJ/7VLKsJMtuM+/ZCGIGVOZu5kpPP+wAAAAAAwLsN6k+S3PIAAVmAEAAAAO9qKwmxxGf7AgAAAAAEWVo=",
  "base64",
);

test("3.2: --security=insecure has all rights where the engine is opened so, and only then", { skip: cannotRun() }, async () => {
  await using strict = await BuildBench.open();
  await using open = await BuildBench.open(undefined, { allowInsecureBuilds: true });
  for (const { engine } of [strict, open]) {
    await Array.fromAsync(engine.images.import({ archive: once(await busyboxTar()), repository: "bb", tag: "1" }));
  }
  const mount = "busybox mount -t tmpfs none /tmp && echo mounted || echo refused";
  const order = {
    network: "none",
    text: `FROM bb:1\nRUN ${mount}\nRUN --security=sandbox ${mount}\nRUN --security=insecure ${mount}`,
  } as const;
  const { events } = await open.build(order);
  const said = events.flatMap((event) => (event.type === "output" && event.stream === "stdout" ? [event.text] : []));
  assert.deepEqual(said, ["refused\n", "refused\n", "mounted\n"]);
  assert.equal(await strict.fail(order), "security.insecure is not allowed");
});
