import { invalidArgument } from "#errors";
import type { LoadEvent } from "#images";
import { shortId } from "#oci";
import type { Platform } from "#oci";
import type { ProgressJson } from "#wire";
import { byteStream, messageStream } from "../http/answer.ts";
import type { ByteStream, MessageStream } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { isSince } from "../http/is-since.ts";
import { withProgress } from "./progress.ts";

export async function saveImages(call: Call): Promise<ByteStream> {
  return save(call, call.parameters.list("names"));
}

export async function saveImage(call: Call): Promise<ByteStream> {
  return save(call, [call.name]);
}

async function save(call: Call, names: readonly string[]): Promise<ByteStream> {
  const platforms = readPlatforms(call);
  const archive = await call.api.engine.images.save({ names, ...(platforms.length > 0 && { platforms }) }, { signal: call.signal });
  return byteStream("application/x-tar", archive);
}

/** Once the parameters are right the answer is 200: whatever fails is told in the stream. */
export function loadImages(call: Call): MessageStream {
  const { api, body, signal, version, parameters } = call;
  const platforms = readPlatforms(call);
  const events = api.engine.images.load({ archive: body, ...(platforms.length > 0 && { platforms }) }, { signal });
  return messageStream(loadMessages(events, { version, isQuiet: parameters.flag("quiet", true) }), { failsInStream: true });
}

function readPlatforms({ version, parameters }: Call): readonly Platform[] {
  if (!isSince(version, "1.48")) return [];
  if (parameters.list("platform").length > 1 && !isSince(version, "1.52")) {
    throw invalidArgument("multiple platform parameters are not supported in this API version; use API version 1.52 or later");
  }
  return parameters.list("platform").every((text) => text === "") ? [] : parameters.platforms("platform");
}

interface LoadWriting {
  readonly version: string;
  readonly isQuiet: boolean;
}

/** docker-py finds the images by `Loaded image: ` and `Loaded image ID: `. */
async function* loadMessages(events: AsyncIterable<LoadEvent>, { version, isQuiet }: LoadWriting): AsyncGenerator<ProgressJson> {
  for await (const event of events) {
    switch (event.type) {
      case "layer":
        if (!isQuiet) yield withProgress({ status: "Loading layer", id: shortId(event.diffId) }, event, version);
        break;
      case "renamed":
        yield { stream: `The image ${event.name} already exists, renaming the old one with ID ${event.from} to empty string\n` };
        break;
      case "image":
        if (event.names.length === 0) yield { stream: `Loaded image ID: ${event.id}\n` };
        for (const name of event.names) yield { stream: `Loaded image: ${name}\n` };
        break;
      case "done":
        // Docker says so little about an archive of nothing.
        if (event.images.length === 0) yield {};
        break;
    }
  }
}
