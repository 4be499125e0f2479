import type { BuildEvent } from "#engine";
import { shortId } from "#oci";
import type { ProgressJson } from "#wire";
import { pullMessage } from "../handlers/pull-image.ts";
import { isSince } from "../http/is-since.ts";

export interface BuildStreamOptions {
  readonly version: string;
  /** Say when what a step ran in is gone. */
  readonly showsRemoval: boolean;
  /** Tell what the checks of the Dockerfile have found, which Docker's stream does not. */
  readonly showsFindings: boolean;
}

/** A build as the classic builder tells it, message for message: clients take it apart by these words. */
export function* encodeBuildEvent(
  event: BuildEvent,
  { version, showsRemoval, showsFindings }: BuildStreamOptions,
): Generator<ProgressJson> {
  switch (event.type) {
    case "step":
      yield { stream: `Step ${event.number}/${event.total} : ${event.text}` };
      yield { stream: "\n" };
      return;
    case "pull":
      yield* pullMessage(event.event, version);
      return;
    case "platform":
      yield { stream: `Platform ${event.platform}\n` };
      return;
    case "triggers":
      yield { stream: `# Executing ${event.count} build trigger` };
      if (event.count > 1) yield { stream: "s" };
      yield { stream: "\n" };
      return;
    case "cached":
      yield { stream: " ---> Using cache\n" };
      return;
    case "missed":
      yield { stream: ` ---> Not in the cache: ${event.reason}\n` };
      return;
    case "running":
      yield { stream: ` ---> Running in ${event.id}\n` };
      return;
    case "ran":
      if (showsRemoval) yield { stream: ` ---> Removed intermediate container ${event.id}\n` };
      return;
    case "output":
      yield event.stream === "stdout" ? { stream: event.text } : stderr(event.text);
      return;
    case "result":
      yield { stream: ` ---> ${event.id === undefined ? "" : shortId(event.id)}\n` };
      return;
    case "stage":
      if (isSince(version, "1.30")) yield { aux: { ID: event.id } };
      return;
    case "warning":
      yield { stream: ` ---> [Warning] ${event.text}\n` };
      return;
    case "finding": {
      const { rule, detail, range, documentation } = event.finding;
      if (showsFindings) yield stderr(`[Warning] ${rule}: ${detail} (line ${range.start}, ${documentation})\n`);
      return;
    }
    case "excerpt":
      yield stderr(event.text);
      return;
    case "unconsumed":
      yield { stream: `[Warning] One or more build-args [${event.names.join(" ")}] were not consumed\n` };
      return;
    case "built":
      yield { stream: `Successfully built ${shortId(event.id)}\n` };
      return;
    case "tagged":
      yield { stream: `Successfully tagged ${event.name}\n` };
      return;
    case "files":
    case "done":
      return;
    default:
      event satisfies never;
  }
}

function stderr(text: string): ProgressJson {
  return { stream: `\u001b[91m${text}\u001b[0m` };
}
