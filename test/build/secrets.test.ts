import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { jsonLines, send, startSlipway, tarOf, temporaryFolder } from "../workbench/index.ts";

const DOCKERFILE = `FROM busybox
ARG FILE_HASH
ARG ENV_HASH
RUN --mount=type=secret,id=file,required --mount=type=secret,id=env,env=KEY,required \\
  [ "$(busybox sha256sum < /run/secrets/file)" = "$FILE_HASH  -" ] && [ "$(echo -n "$KEY" | busybox sha256sum)" = "$ENV_HASH  -" ] && \\
  echo right > /seen
RUN --mount=type=secret,id=file ls /run/secrets/file && exit $STATUS
`;

test("secrets are shown to the command and to nobody else", { skip: cannotRun() }, async (t) => {
  await using folder = await temporaryFolder();
  const dataRoot = `${folder.path}/data`;
  const secrets = { file: randomBytes(24).toString("hex"), env: randomBytes(24).toString("hex") };
  await using daemon = await startSlipway(dataRoot);
  const { socket } = daemon;
  await send(socket, { method: "POST", path: "/images/create?fromSrc=-&repo=busybox", body: await busyboxTar() });

  const build = async (name: string, status: number): Promise<string> => {
    const form = new FormData();
    const context = tarOf([{ name: "Dockerfile", data: `${DOCKERFILE.replace("$STATUS", String(status))}` }]);
    form.append("secret:file", new Blob([secrets.file]), 'a "name"');
    form.append("context", new Blob([new Uint8Array(context)]));
    const encoded = new Response(form);
    const query = new URLSearchParams({
      t: name,
      networkmode: "none",
      buildargs: JSON.stringify({ FILE_HASH: sha256(secrets.file), ENV_HASH: sha256(secrets.env) }),
    });
    const header = Buffer.from(JSON.stringify({ env: Buffer.from(secrets.env).toString("base64") })).toString("base64url");
    const headers = { "Content-Type": encoded.headers.get("content-type") ?? "", "X-Slipway-Secrets": header };
    const body = Buffer.from(await encoded.arrayBuffer());
    return (await send(socket, { method: "POST", path: `/build?${query.toString()}`, headers, body })).body.toString();
  };

  const said = [await build("with/secrets:1", 0), await build("with/secrets:2", 3)];
  await t.test("the command saw them", () => {
    assert.match(said[0] ?? "", /Successfully tagged with\/secrets:1/);
    assert.match(said[1] ?? "", /returned a non-zero code: 3/);
  });

  await t.test("nothing else did", async () => {
    const told = [
      ...said,
      ...(await Promise.all(LOOKS.map((path) => send(socket, { method: "GET", path }).then(({ body }) => body.toString())))),
    ];
    assert.ok(told.some((text) => text.includes("/seen")));
    const stored = await filesBelow(dataRoot);
    assert.ok(stored.size > 5);
    const places = new Map<string, Buffer>([
      ...told.map((text, index) => [`answer ${index}`, Buffer.from(text)] as const),
      ["log", Buffer.from(daemon.log())],
      ...stored,
    ]);
    for (const secret of Object.values(secrets)) {
      for (const form of [secret, Buffer.from(secret).toString("base64").replaceAll("=", "")]) {
        for (const [place, bytes] of places) assert.equal(bytes.includes(form), false, `a secret is in ${place}`);
      }
    }
  });

  await t.test("what is wrong with them is said without them", async () => {
    for (const [headers, body, message] of wrong(secrets.file)) {
      const answer = await send(socket, { method: "POST", path: "/build", headers, body });
      assert.equal(answer.status, message.startsWith("SSH") ? 501 : 400);
      assert.deepEqual(jsonLines(answer.body), [{ message }]);
    }
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
  const expected = "expected context, context:<name> or secret:<id>";
  return [
    [form, part("other"), `cannot use part "other" of the form: ${expected}`],
    [form, part("secret:"), `cannot use part "secret:" of the form: ${expected}`],
    [form, part("secret:a", secret.repeat(11_000)), 'cannot use secret "a": expected at most 512000 bytes'],
    [form, part("ssh:default"), "SSH keys of a form are not there yet: send the key as a secret, and mount that"],
    [encoded(`{"a":"${secret}`), Buffer.alloc(0), malformed],
    [encoded(`{"a":{"b":"${secret}"}}`), Buffer.alloc(0), malformed],
    [encoded(`["${secret}"]`), Buffer.alloc(0), malformed],
  ];
}

async function filesBelow(path: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(files.map(async (file) => [file, await readFile(file)] as const)));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
