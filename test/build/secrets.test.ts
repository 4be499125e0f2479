import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile, readlink } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { hasRegistry, PASSWORD, startRegistry } from "../fixtures/registry.ts";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { fsck, jsonLines, send, startSlipway, tarOf, temporaryFolder } from "../workbench/index.ts";
import type { Call, Slipway } from "../workbench/index.ts";

const DOCKERFILE = `FROM $BASE
ARG FILE_HASH
ARG ENV_HASH
ARG PROXY_HASH
RUN --mount=type=secret,id=file,required --mount=type=secret,id=env,env=KEY,required \\
  is() { [ "$(busybox sha256sum)" = "$1  -" ]; } && is $FILE_HASH < /run/secrets/file && \\
  echo -n "$KEY" | is $ENV_HASH && echo -n "$HTTP_PROXY" | is $PROXY_HASH && echo right > /seen
RUN --mount=type=secret,id=file --mount=type=secret,id=env,env=KEY ls /run/secrets/file && $LAST
`;

const secrets = { file: randomBytes(24).toString("hex"), env: randomBytes(24).toString("hex"), proxy: randomBytes(24).toString("hex") };
const PROXY = `http://user:${secrets.proxy}@127.0.0.1:9`;

const skip = cannotRun() || (hasRegistry ? false : "docker-registry is not installed");

test("secrets are shown to the command and to nobody else", { skip }, async (t) => {
  await using folder = await temporaryFolder();
  await using registry = await startRegistry({ users: ["user"] });
  const base = `${registry.host}/base`;
  const dataRoot = `${folder.path}/data`;
  let daemon: Slipway = await startSlipway(dataRoot);
  t.after(() => daemon.stop());
  await publishBusybox(daemon, base);

  const build = async (name: string, last: string): Promise<Call> => {
    const form = new FormData();
    const context = tarOf([{ name: "Dockerfile", data: DOCKERFILE.replace("$BASE", base).replace("$LAST", last) }]);
    form.append("secret:file", new Blob([secrets.file]), 'a "name"');
    form.append("context", new Blob([new Uint8Array(context)]));
    const encoded = new Response(form);
    const hashes = { FILE_HASH: sha256(secrets.file), ENV_HASH: sha256(secrets.env), PROXY_HASH: sha256(PROXY) };
    const buildargs = JSON.stringify({ ...hashes, HTTP_PROXY: PROXY });
    const query = new URLSearchParams({ t: name, networkmode: "none", explain: "1", buildargs });
    const headers = {
      "Content-Type": encoded.headers.get("content-type") ?? "",
      "X-Slipway-Secrets": base64url({ env: Buffer.from(secrets.env).toString("base64") }),
      "X-Registry-Config": base64url({ [registry.host]: { username: "user", password: PASSWORD } }),
    };
    return { method: "POST", path: `/build?${query.toString()}`, headers, body: Buffer.from(await encoded.arrayBuffer()) };
  };
  const said: string[] = [];

  await t.test("the command saw them", async () => {
    for (const [name, last] of [
      ["with/secrets:1", "true"],
      ["with/secrets:2", "exit 3"],
    ] as const)
      said.push((await send(daemon.socket, await build(name, last))).body.toString());
    assert.match(said[0] ?? "", /Successfully tagged with\/secrets:1/);
    assert.match(said[1] ?? "", /returned a non-zero code: 3/);
  });

  const nobodyHas = async (): Promise<void> => {
    const told = await Promise.all(LOOKS.map((path) => send(daemon.socket, { method: "GET", path }).then(({ body }) => body.toString())));
    assert.ok(told.some((text) => text.includes("/seen")));
    assertNothingIn(new Map([...said, ...told, daemon.log()].map((text, index) => [`answer ${index}`, Buffer.from(text)])));
    assertNothingIn(await filesBelow(dataRoot));
  };
  await t.test("nothing else did", nobodyHas);

  await t.test("nothing else does when the engine is killed while the command runs, nor afterwards", async () => {
    said.push(await sayingUntil(daemon, await build("with/secrets:3", "echo run''ning && sleep 1000"), "running"));
    const inMemory = await Promise.all(["private", "runtime"].map((link) => readlink(join(dataRoot, link))));
    assert.ok(inMemory.every((path) => path.startsWith("/dev/shm/") && existsSync(path)));
    assertNothingIn(await filesBelow(dataRoot));
    await daemon.kill();
    said.push(daemon.log());
    assertNothingIn(await filesBelow(dataRoot));
    daemon = await startSlipway(dataRoot);
    assert.deepEqual(inMemory.filter(existsSync), []);
    assert.equal(readFileSync("/proc/self/mountinfo", "utf8").includes(dataRoot), false);
    await nobodyHas();
  });

  await t.test("what is wrong with them is said without them", async () => {
    for (const [headers, body, message] of wrong(secrets.file)) {
      const answer = await send(daemon.socket, { method: "POST", path: "/build", headers, body });
      assert.equal(answer.status, message.startsWith("SSH") ? 501 : 400);
      assert.deepEqual(jsonLines(answer.body), [{ message }]);
    }
  });

  await t.test("the store is sound", async () => {
    await daemon.stop();
    assert.equal((await fsck(dataRoot)).status, 0);
  });
});

const LOOKS = [
  "/images/json",
  "/images/with%2Fsecrets:1/json",
  "/images/with%2Fsecrets:1/history",
  "/images/with%2Fsecrets:1/get",
  "/system/df",
  "/events?since=0&until=0s",
];

function wrong(secret: string): readonly (readonly [headers: Record<string, string>, body: Buffer, message: string])[] {
  const form = { "Content-Type": "multipart/form-data; boundary=b" };
  const part = (name: string, text = secret): Buffer =>
    Buffer.from(`--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n--b--\r\n`);
  const malformed = "invalid X-Slipway-Secrets header: expected base64url of a JSON object that maps IDs to base64";
  const encoded = (json: string): Record<string, string> => ({ "X-Slipway-Secrets": Buffer.from(json).toString("base64url") });
  const expected = "expected context, context:<name>, secret:<id> or ssh:<id>";
  return [
    [form, part("other"), `cannot use part "other" of the form: ${expected}`],
    [form, part("secret:"), `cannot use part "secret:" of the form: ${expected}`],
    [form, part("secret:a", secret.repeat(11_000)), 'cannot use secret "a": expected at most 512000 bytes'],
    [form, part("ssh:default"), "cannot use the SSH key: expected a private key without a passphrase, in OpenSSH's form or PEM"],
    [encoded(`{"a":"${secret}`), Buffer.alloc(0), malformed],
    [encoded(`{"a":{"b":"${secret}"}}`), Buffer.alloc(0), malformed],
    [encoded(`["${secret}"]`), Buffer.alloc(0), malformed],
  ];
}

async function publishBusybox({ socket }: Slipway, name: string): Promise<void> {
  const headers = { "X-Registry-Auth": base64url({ username: "user", password: PASSWORD }) };
  await send(socket, { method: "POST", path: `/images/create?fromSrc=-&repo=${name}`, body: await busyboxTar() });
  const pushed = await send(socket, { method: "POST", path: `/images/${name}/push`, headers });
  assert.match(pushed.body.toString(), /latest: digest:/);
  await send(socket, { method: "DELETE", path: `/images/${name}` });
}

/** What an answer that goes on says up to these words. */
async function sayingUntil({ socket: socketPath }: Slipway, { body, ...call }: Call, words: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const sent = request({ socketPath, agent: false, ...call }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (part: string) => (text += part).includes(words) && resolve(text));
    response.on("end", () => reject(new Error(`the answer ends without "${words}": ${text}`)));
    response.on("error", reject);
  });
  sent.on("error", reject).end(body);
  return promise;
}

/** Neither as they are nor in base64, wherever in the encoded text they begin. */
function assertNothingIn(places: ReadonlyMap<string, Buffer>): void {
  assert.ok(places.size > 5);
  for (const secret of [...Object.values(secrets), PASSWORD]) {
    const encoded = [0, 1, 2].map((before) =>
      Buffer.from(" ".repeat(before) + secret)
        .toString("base64")
        .slice(before === 0 ? 0 : 4, -4),
    );
    for (const form of [secret, encodeURIComponent(secret), ...encoded]) {
      for (const [place, bytes] of places) assert.equal(bytes.includes(form), false, `a secret is in ${place}`);
    }
  }
}

/** Every file, and where every link leads. */
async function filesBelow(path: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(file, await readFile(file));
    if (entry.isSymbolicLink()) files.set(file, Buffer.from(await readlink(file)));
  }
  return files;
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
