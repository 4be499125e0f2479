import type { LogLine } from "#container-logs";
import type { Peer, Session } from "#containers";
import { invalidArgument, isEngineError } from "#errors";
import { encodeFrame, parseUnixTime } from "#wire";
import { encodeLogLines } from "../encode/log-lines.ts";
import type { LogFormat } from "../encode/log-lines.ts";
import { byteStream, hijacked, RAW_STREAM } from "../http/answer.ts";
import type { ByteStream, Hijacked } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { rawErrorAnswer } from "../http/error-answer.ts";
import { isSince } from "../http/is-since.ts";
import type { RawConnection } from "../http/raw-connection.ts";

export function containerLogs({ api, name, version, parameters, signal }: Call): ByteStream {
  const [stdout, stderr] = [parameters.flag("stdout"), parameters.flag("stderr")];
  if (!stdout && !stderr) throw invalidArgument("Bad parameters: you must choose at least one stream");
  const { isTerminal, lines } = api.engine.containers.logs(name, {
    stdout,
    stderr,
    follow: parameters.flag("follow"),
    since: momentOf(parameters.text("since")),
    until: momentOf(parameters.text("until")),
    tail: countOf(parameters.text("tail")),
    signal,
  });
  const format = { isTerminal, timestamps: parameters.flag("timestamps"), details: parameters.flag("details") };
  return byteStream(streamType(version, isTerminal), encoded(lines, format), { startsAtOnce: true });
}

/** `undefined` for all of it, which is also what Docker makes of nonsense. */
function countOf(text: string): number | undefined {
  return /^\+?[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Nothing and zero are no bounds. */
function momentOf(text: string): bigint | undefined {
  const moment = text === "" ? 0n : parseUnixTime(text);
  return moment === 0n ? undefined : moment;
}

async function* encoded(lines: AsyncIterable<readonly LogLine[]>, format: LogFormat): AsyncGenerator<Uint8Array> {
  for await (const some of lines) if (some.length > 0) yield encodeLogLines(some, format);
}

/** Failures are told as text: Docker has taken the connection by then. */
export function attachContainer({ api, name, version, parameters, headers }: Call): Hijacked {
  try {
    const session = api.engine.containers.attach(name, {
      logs: parameters.flag("logs"),
      stream: parameters.flag("stream"),
      stdin: parameters.flag("stdin"),
      stdout: parameters.flag("stdout"),
      stderr: parameters.flag("stderr"),
      detachKeys: parameters.text("detachKeys"),
    });
    const contentType = streamType(version, session.isTerminal);
    return hijacked({ headers, contentType, hasEngineHeaders: false }, (connection) => session.talk(peerOf(session, connection)));
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return rawErrorAnswer(error);
  }
}

/** Without a terminal every chunk says which stream it is of; only since 1.42 the type says so, too. */
export function streamType(version: string, isTerminal: boolean): string {
  return isTerminal || !isSince(version, "1.42") ? RAW_STREAM : "application/vnd.docker.multiplexed-stream";
}

export function peerOf(session: Session, connection: RawConnection): Peer {
  return {
    input: connection.input,
    signal: connection.signal,
    write: (output) => connection.write(session.isTerminal ? output.bytes : encodeFrame(output)),
  };
}
