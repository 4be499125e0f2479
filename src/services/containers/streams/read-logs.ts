import type { LogLine } from "#container-logs";
import { notImplemented } from "#errors";
import type { ContainerDeps } from "../container-deps.ts";

export interface LogsRequest {
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Nanoseconds since the epoch, both inclusive. */
  readonly since?: bigint | undefined;
  readonly until?: bigint | undefined;
  /** Only so many of the last lines, of both streams together. */
  readonly tail?: number | undefined;
  /** To the end of the run that goes on. */
  readonly follow: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface ContainerLines {
  readonly isTerminal: boolean;
  /** In the order in which they were said, several at a time. */
  readonly lines: AsyncIterable<readonly LogLine[]>;
}

/** @throws not-found; not-implemented for a container whose output is not kept. */
export function readLogs({ containers }: Pick<ContainerDeps, "containers">, name: string, request: LogsRequest): ContainerLines {
  const { streams, record } = containers.get(name);
  if (streams.log === undefined) throw notImplemented("configured logging driver does not support reading");
  return { isTerminal: record.config.Tty, lines: wantedLines(streams.log.read(request), request) };
}

async function* wantedLines(lines: AsyncIterable<readonly LogLine[]>, { stdout, stderr }: LogsRequest): AsyncGenerator<readonly LogLine[]> {
  for await (const some of lines) yield some.filter(({ stream }) => (stream === "stdout" ? stdout : stderr));
}
