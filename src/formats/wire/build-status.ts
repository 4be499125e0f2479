import { ProtobufMessage } from "./protobuf.ts";

/** What BuildKit tells of a build in one go: each entry replaces what was told of the same thing before. */
export interface BuildStatus {
  readonly vertexes?: readonly BuildVertex[];
  readonly statuses?: readonly BuildVertexStatus[];
  readonly logs?: readonly BuildVertexLog[];
  readonly warnings?: readonly BuildVertexWarning[];
}

/** A step. Not begun without `started`, at work without `completed`. */
export interface BuildVertex {
  /** Tells steps apart, and is a digest in form only. */
  readonly digest: string;
  readonly inputs?: readonly string[];
  readonly name: string;
  readonly isCached?: boolean;
  readonly started?: Date;
  readonly completed?: Date;
  readonly error?: string;
}

/** How far something within a step is. */
export interface BuildVertexStatus {
  readonly id: string;
  readonly vertex: string;
  readonly current?: number;
  readonly total?: number;
  readonly timestamp: Date;
  readonly started?: Date;
  readonly completed?: Date;
}

export interface BuildVertexLog {
  readonly vertex: string;
  readonly timestamp: Date;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

export interface BuildVertexWarning {
  readonly vertex: string;
  readonly short: string;
  readonly url?: string;
  /** Of a Dockerfile, from 1. */
  readonly lines?: { readonly file: string; readonly start: number; readonly end: number };
}

/** `StatusResponse` of `moby.buildkit.v1`, as protobuf. */
export function encodeBuildStatus({ vertexes = [], statuses = [], logs = [], warnings = [] }: BuildStatus): Uint8Array {
  const message = new ProtobufMessage();
  for (const each of vertexes) message.message(1, vertex(each));
  for (const each of statuses) message.message(2, status(each));
  for (const each of logs) message.message(3, log(each));
  for (const each of warnings) message.message(4, warning(each));
  return message.encode();
}

function vertex({ digest, inputs = [], name, isCached = false, started, completed, error }: BuildVertex): ProtobufMessage {
  const message = new ProtobufMessage().text(1, digest);
  for (const input of inputs) message.text(2, input);
  return message.text(3, name).flag(4, isCached).message(5, time(started)).message(6, time(completed)).text(7, error);
}

function status({ id, vertex: of, current = 0, total = 0, timestamp, started, completed }: BuildVertexStatus): ProtobufMessage {
  const message = new ProtobufMessage().text(1, id).text(2, of).integer(4, current).integer(5, total);
  return message.message(6, time(timestamp)).message(7, time(started)).message(8, time(completed));
}

function log({ vertex: of, timestamp, stream, text }: BuildVertexLog): ProtobufMessage {
  const number = stream === "stdout" ? 1 : 2;
  return new ProtobufMessage().text(1, of).message(2, time(timestamp)).integer(3, number).text(4, text);
}

function warning({ vertex: of, short, url, lines }: BuildVertexWarning): ProtobufMessage {
  const message = new ProtobufMessage().text(1, of).integer(2, 1).text(3, short).text(5, url);
  if (lines === undefined) return message;
  const range = new ProtobufMessage().message(1, line(lines.start)).message(2, line(lines.end));
  return message.message(6, new ProtobufMessage().text(1, lines.file)).message(7, range);
}

function line(number: number): ProtobufMessage {
  return new ProtobufMessage().integer(1, number);
}

function time(moment: Date | undefined): ProtobufMessage | undefined {
  if (moment === undefined) return undefined;
  const milliseconds = moment.getTime();
  const seconds = Math.floor(milliseconds / 1000);
  return new ProtobufMessage().integer(1, seconds).integer(2, (milliseconds - seconds * 1000) * 1_000_000);
}
