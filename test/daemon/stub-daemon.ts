/**
 * `slipwayd` with an engine that stores nothing: the real program around it, for tests of start and stop.
 *
 * `/_ping` answers at once. `/held?name=x` answers "done" when `/release?name=x` is asked. `/stream` sends lines until
 * the daemon drains. `/bug` throws outside any request.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { runProgram } from "../../src/daemon/program.ts";

interface StubEngine {
  stopContainers(): Promise<void>;
  close(): Promise<void>;
}

const held = new Map<string, ServerResponse>();

function serve(request: IncomingMessage, response: ServerResponse, draining: AbortSignal): void {
  const url = new URL(request.url ?? "/", "http://stub");
  const name = url.searchParams.get("name") ?? "";
  switch (url.pathname) {
    case "/held":
      held.set(name, response);
      response.once("close", () => process.stdout.write(`closed ${name}\n`));
      response.writeHead(200).flushHeaders();
      return;
    case "/release":
      held.get(name)?.end("done");
      response.end("released");
      return;
    case "/stream":
      response.write("line\n");
      draining.addEventListener("abort", () => response.end("end\n"), { once: true });
      return;
    case "/bug":
      setImmediate(() => {
        throw new Error("planted bug");
      });
      return;
    default:
      response.end("OK");
  }
}

process.exit(
  await runProgram<StubEngine>(process.argv.slice(2), async () => ({
    openEngine: async () => ({
      stopContainers: () => Promise.resolve(),
      close: async () => {
        // A turn of the loop: a program that exits without waiting would lose the line.
        await new Promise((resolve) => setTimeout(resolve, 20));
        process.stdout.write("engine closed\n");
      },
    }),
    createApi:
      (_engine, { draining }) =>
      (request, response) =>
        serve(request, response, draining),
  })),
);
