import assert from "node:assert/strict";
import { request } from "node:http";
import type { ClientRequest } from "node:http";
import { after, before, describe, test } from "node:test";
import { jsonLines, send, startSlipway, tarOf, temporaryFolder } from "../workbench/index.ts";
import type { Answer, Slipway } from "../workbench/index.ts";

describe("builds that have an ID", () => {
  const opened = new AsyncDisposableStack();
  let daemon: Slipway;
  before(async () => {
    const { path } = opened.use(await temporaryFolder());
    daemon = opened.use(await startSlipway(`${path}/data`));
  });
  after(() => opened.disposeAsync());

  const post = (path: string, body?: Uint8Array): Promise<Answer> =>
    send(daemon.socket, { method: "POST", path, ...(body !== undefined && { body }) });

  for (const version of [1, 2]) {
    test(`are cancelled by it: version ${version}`, async () => {
      // A context that does not end keeps the build at work.
      const { promise: answer, resolve } = Promise.withResolvers<{ status: number | undefined; body: string }>();
      const path = `/build?buildid=a&version=${version}`;
      const building: ClientRequest = request({ socketPath: daemon.socket, method: "POST", path }, (incoming) => {
        let body = "";
        incoming.setEncoding("utf8").on("data", (text: string) => (body += text));
        incoming.on("end", () => resolve({ status: incoming.statusCode, body }));
      });
      building.write(CONTEXT.subarray(0, 600));
      // Until it is known, a cancellation is taken and does nothing.
      let isOver = false;
      void answer.then(() => (isOver = true));
      while (!isOver) assert.equal((await post("/build/cancel?id=a")).status, 200);
      assert.deepEqual(await answer, { status: 500, body: '{"message":"Build cancelled"}\n' });
    });
  }

  test("are sent their context by another request, whichever comes first", async () => {
    for (const isUploadFirst of [true, false]) {
      const requests = [
        () => post(`/build?buildid=upload-request:b`, CONTEXT),
        () => post("/build?buildid=b&remote=upload-request&t=uploaded"),
      ];
      const answers = await Promise.all((isUploadFirst ? requests : requests.toReversed()).map((start) => start()));
      const [upload, build] = isUploadFirst ? answers : answers.toReversed();
      assert.deepEqual([upload?.status, upload?.body.toString()], [200, ""]);
      assert.match(build?.body.toString() ?? "", /Successfully tagged uploaded:latest/);
    }
  });

  test("an ID is wanted to cancel by", async () => {
    const { status, body } = await post("/build/cancel");
    assert.deepEqual([status, jsonLines(body)], [400, [{ message: "build ID not provided" }]]);
  });
});

const CONTEXT = tarOf([
  { name: "Dockerfile", data: "FROM scratch\nCOPY f /\n" },
  { name: "f", data: "f" },
]);
