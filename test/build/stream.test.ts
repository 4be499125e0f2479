import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { after, describe, test } from "node:test";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { tarOfFiles } from "./context-files.ts";
import { serveBuilds } from "./served-builds.ts";
import type { BuildReply } from "./served-builds.ts";

const api = await serveBuilds();
after(() => api[Symbol.asyncDispose]());

const SOUND = { Dockerfile: 'FROM scratch\nLABEL a="<&>"\nCOPY f /\n', f: "f" };
const FAILING = { Dockerfile: "FROM scratch\nLABEL a=b\nCOPY missing /\n" };

/** IDs are other ones each time. */
function plain({ messages }: BuildReply): unknown[] {
  const text = JSON.stringify(messages);
  return JSON.parse(text.replaceAll(/sha256:[0-9a-f]{64}/g, "sha256:ID").replaceAll(/\b[0-9a-f]{12}\b/g, "ID")) as unknown[];
}

test("the classic builder's stream, message for message", async () => {
  const reply = await api.build("t=app:1&t=app&t=docker.io/library/app:1&nocache=1", SOUND);
  assert.deepEqual(plain(reply), [
    { stream: "Step 1/3 : FROM scratch" },
    { stream: "\n" },
    { stream: " ---> \n" },
    { stream: 'Step 2/3 : LABEL a="<&>"' },
    { stream: "\n" },
    { stream: " ---> Running in ID\n" },
    { stream: " ---> Removed intermediate container ID\n" },
    { stream: " ---> ID\n" },
    { stream: "Step 3/3 : COPY f /" },
    { stream: "\n" },
    { stream: " ---> ID\n" },
    { aux: { ID: "sha256:ID" } },
    { stream: "Successfully built ID\n" },
    { stream: "Successfully tagged app:1\n" },
    { stream: "Successfully tagged app:latest\n" },
  ]);
  assert.ok(reply.text.includes(String.raw`a=\"\u003c\u0026\u003e\"`), "as Go escapes it");
});

test("what was built before is found", async () => {
  const { said } = await api.build("", SOUND);
  assert.equal(said.match(/ ---> Using cache\n/g)?.length, 2);
  assert.doesNotMatch(said, /Running in/);
});

test("no aux before API 1.30", async () => {
  for (const [version, count] of [
    ["1.29", 0],
    ["1.30", 1],
  ] as const) {
    const { messages } = await api.build("", SOUND, { version });
    assert.equal(messages.filter(({ aux }) => aux !== undefined).length, count, version);
    assert.match(messages.at(-1)?.stream ?? "", /^Successfully built/);
  }
});

test("a stage that is nothing has no ID, and is no image", async () => {
  const { messages } = await api.build("", { Dockerfile: "FROM scratch\n" });
  const message = "No image was generated. Is your Dockerfile empty?";
  assert.deepEqual(messages.slice(3), [{ errorDetail: { message }, error: message }]);
});

test("rm=0 removes nothing, forcerm overrides it", async () => {
  for (const [query, isTold] of [
    ["rm=0", false],
    ["rm=false", false],
    ["rm=", true],
    ["", true],
    ["rm=0&forcerm=1", true],
  ] as const) {
    const { said } = await api.build(`nocache=1&${query}`, SOUND);
    assert.equal(said.includes("Removed intermediate container"), isTold, query);
  }
});

test("q tells the ID alone, or, of a failure, everything", async () => {
  const quiet = await api.build("q=1", SOUND);
  assert.match(quiet.text, /^\{"stream":"sha256:[0-9a-f]{64}\\n"\}\r\n$/);
  assert.match((await api.build("q=1", SOUND, { version: "1.24" })).text, /^\{"stream":"sha256:[0-9a-f]{64}\\n"\}\r\n$/);
  const failed = await api.build("q=1", FAILING);
  assert.equal(failed.status, 200);
  assert.match(failed.said, /^Step 1\/3 : FROM scratch\n ---> \nStep 2\/3 : LABEL a=b\n/);
  assert.match(failed.messages.at(-1)?.error ?? "", /^COPY failed: file not found/);
  const refused = await api.build("q=1", { Dockerfile: "FROM scratch\nFOO" });
  assert.equal(refused.status, 400);
});

test("the last message of a failure is its error", async () => {
  const { messages } = await api.build("", FAILING);
  const message = "COPY failed: file not found in build context or excluded by .dockerignore: stat missing: file does not exist";
  assert.deepEqual(messages.at(-1), { errorDetail: { message }, error: message });
});

test("events: an image is created once, and tagged by each build", async () => {
  const since = Math.floor(Date.now() / 1000) - 1;
  const context = { Dockerfile: "FROM scratch\nCOPY Dockerfile /of-events\n" };
  const id = /sha256:\w+/.exec((await api.build("t=events:1&t=events:2", context)).text)?.[0];
  await api.build("t=events:1", context);
  await api.build("t=events:never", FAILING);
  const until = Math.floor(Date.now() / 1000) + 1;
  const { text } = await api.ask(`GET /v1.51/events?since=${since}&until=${until}`);
  interface EventRow {
    readonly Type: string;
    readonly Action: string;
    readonly Actor: { readonly ID: string; readonly Attributes: { readonly name?: string } };
  }
  const rows = text.split("\n").filter((line) => line !== "");
  const events = rows.map((line) => JSON.parse(line) as EventRow).filter(({ Actor }) => Actor.ID === id);
  assert.deepEqual(
    events.map(({ Type, Action, Actor }) => [Type, Action, Actor.Attributes.name]),
    [
      ["image", "create", id],
      ["image", "tag", "events:1"],
      ["image", "tag", "events:2"],
      ["image", "tag", "events:1"],
    ],
  );
  assert.doesNotMatch(text, /events:never/);
});

describe("of RUN", { skip: cannotRun() }, () => {
  test("output, and the exit code of what failed", async () => {
    const root = await busyboxTar();
    assert.equal((await api.ask("POST /images/create?fromSrc=-&repo=busybox&tag=1", { body: root })).status, 200);
    const run = await api.build("networkmode=none", { Dockerfile: "FROM busybox:1\nRUN echo out; sleep 0.1; echo err >&2\n" });
    assert.deepEqual(plain(run).slice(3, 9), [
      { stream: "Step 2/2 : RUN echo out; sleep 0.1; echo err >&2" },
      { stream: "\n" },
      { stream: " ---> Running in ID\n" },
      { stream: "out\n" },
      { stream: "\u001b[91merr\n\u001b[0m" },
      { stream: " ---> Removed intermediate container ID\n" },
    ]);
    const failed = await api.build("networkmode=none", { Dockerfile: "FROM busybox:1\nRUN exit 3\n" });
    const message = "The command '/bin/sh -c exit 3' returned a non-zero code: 3";
    assert.deepEqual(failed.messages.at(-1), { errorDetail: { code: 3, message }, error: message });
    const exec = await api.build("networkmode=none", {
      Dockerfile: 'FROM busybox:1\nRUN ["/bin/sh", "-c", "sleep 9 & kill -9 $!; wait $!"]\n',
    });
    assert.deepEqual(exec.messages.at(-1)?.errorDetail, {
      code: 137,
      message: "The command '/bin/sh -c sleep 9 & kill -9 $!; wait $!' returned a non-zero code: 137",
    });
    const missing = await api.build("networkmode=none", { Dockerfile: 'FROM busybox:1\nRUN ["/nowhere"]\n' });
    assert.match(missing.messages.at(-1)?.error ?? "", /OCI runtime create failed: .*\/nowhere.*no such file or directory/);
  });

  test("a network that a build may not have, and privileges, are refused", async () => {
    for (const [flag, message] of [
      ["--network=host", "network.host is not allowed"],
      ["--security=insecure", "security.insecure is not allowed"],
      ["--device=vendor.example/gpu=all,required", 'required device "vendor.example/gpu=all" is not registered'],
    ]) {
      const { messages } = await api.build("networkmode=none", { Dockerfile: `FROM busybox:1\nRUN ${flag} true\n` });
      assert.equal(messages.at(-1)?.error, message);
    }
  });

  test("a client that goes away ends its build", async () => {
    const body = await tarOfFiles({ Dockerfile: "FROM busybox:1\nRUN echo on; sleep 1000\n" });
    const response: IncomingMessage = await api.open("POST /v1.51/build?networkmode=none&t=gone:1", { body });
    for (let said = ""; !said.includes('"on');) said += String((await once(response, "data"))[0]);
    response.destroy();
    // An engine that still ran it would be waited for at the end of the test, for longer than any test may last.
    assert.equal((await api.ask("GET /v1.51/images/gone:1/json")).status, 404);
  });
});
