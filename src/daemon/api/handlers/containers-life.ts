import type { WaitCondition } from "#containers";
import { internal, invalidArgument } from "#errors";
import { parsePlatform } from "#oci";
import { decodeCreate } from "../decode/create-container.ts";
import { decodeUpdate } from "../decode/update-container.ts";
import { byteStream, empty, json } from "../http/answer.ts";
import type { ByteStream, WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { isSince } from "../http/is-since.ts";
import { readJsonBody } from "../http/json-body.ts";
import { untilDraining } from "../http/until-draining.ts";

/** As much as an empty document takes; old clients sent a configuration here. */
const EMPTY_BODY = 7;

export async function createContainer(call: Call): Promise<WholeAnswer> {
  const { api, version, parameters } = call;
  const { os, architecture } = api.options.host;
  const document = await readJsonBody(call);
  const platform = isSince(version, "1.41") ? parameters.text("platform") : "";
  const request = decodeCreate(document, {
    name: parameters.text("name"),
    platform: platform === "" ? undefined : parsePlatform(platform, { os, architecture }),
    version,
  });
  const { id, warnings } = await api.engine.containers.create(request);
  return json({ Id: id, Warnings: warnings }, 201);
}

export async function startContainer({ api, name, headers }: Call): Promise<WholeAnswer> {
  if (Number(headers["content-length"] ?? 0) > EMPTY_BODY || headers["transfer-encoding"] !== undefined) {
    throw invalidArgument("starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24");
  }
  await api.engine.containers.start(name);
  return empty(204);
}

export async function stopContainer(call: Call): Promise<WholeAnswer> {
  await call.api.engine.containers.stop(call.name, stopRequest(call));
  return empty(204);
}

export async function restartContainer(call: Call): Promise<WholeAnswer> {
  await call.api.engine.containers.restart(call.name, stopRequest(call));
  return empty(204);
}

function stopRequest({ version, parameters }: Call): { readonly signal?: string; readonly timeout?: number } {
  const signal = isSince(version, "1.42") ? parameters.text("signal") : "";
  const timeout = parameters.text("t");
  const fault = !/^[+-]?[0-9]+$/.test(timeout) ? "invalid syntax" : Math.abs(Number(timeout)) >= 2 ** 63 ? "value out of range" : undefined;
  if (timeout !== "" && fault !== undefined) throw internal(`strconv.Atoi: parsing ${JSON.stringify(timeout)}: ${fault}`);
  return { ...(signal !== "" && { signal }), ...(timeout !== "" && { timeout: Number(timeout) }) };
}

export async function killContainer({ api, name, parameters }: Call): Promise<WholeAnswer> {
  const signal = parameters.text("signal");
  await api.engine.containers.kill(name, signal === "" ? undefined : signal);
  return empty(204);
}

export async function pauseContainer({ api, name }: Call): Promise<WholeAnswer> {
  await api.engine.containers.pause(name);
  return empty(204);
}

export async function unpauseContainer({ api, name }: Call): Promise<WholeAnswer> {
  await api.engine.containers.unpause(name);
  return empty(204);
}

const CONDITIONS: Readonly<Record<string, WaitCondition>> = {
  "": "not-running",
  "not-running": "not-running",
  "next-exit": "next-exit",
  removed: "removed",
};

/** Since 1.30 status and headers leave as soon as the wait has begun: clients start the container behind it. */
export async function waitForContainer({ api, version, name, parameters, signal }: Call): Promise<ByteStream> {
  const isConditional = isSince(version, "1.30");
  const word = isConditional ? parameters.text("condition") : "";
  const condition = Object.hasOwn(CONDITIONS, word) ? CONDITIONS[word] : undefined;
  if (condition === undefined) throw invalidArgument(`invalid condition: ${JSON.stringify(word)}`);
  const { ending } = await api.engine.containers.wait(name, condition, { signal: untilDraining(api.options, signal) });
  return byteStream("application/json", waitResult(ending), { startsAtOnce: isConditional });
}

/** Like dockerd without a word of why something did not start: who started it is told. */
async function* waitResult(ending: Promise<{ readonly exitCode: number }>): AsyncGenerator<string> {
  const { exitCode } = await ending;
  yield `${JSON.stringify({ StatusCode: exitCode })}\n`;
}

export async function renameContainer({ api, name, parameters }: Call): Promise<WholeAnswer> {
  await api.engine.containers.rename(name, parameters.text("name"));
  return empty(204);
}

export async function removeContainer({ api, name, parameters }: Call): Promise<WholeAnswer> {
  await api.engine.containers.remove(name, {
    force: parameters.flag("force"),
    volumes: parameters.flag("v"),
    link: parameters.flag("link"),
  });
  return empty(204);
}

export async function updateContainer(call: Call): Promise<WholeAnswer> {
  const request = decodeUpdate(await readJsonBody(call), call.version);
  const warnings = await call.api.engine.containers.update(call.name, request);
  return json({ Warnings: warnings.length === 0 ? null : warnings });
}
