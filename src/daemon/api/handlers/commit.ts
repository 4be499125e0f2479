import { invalidArgument } from "#errors";
import { decodeCommitted } from "../decode/create-container.ts";
import { json } from "../http/answer.ts";
import type { WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { readOptionalJsonBody } from "../http/json-body.ts";

/** A body may be left out, or say nothing. */
export async function commitContainer(call: Call): Promise<WholeAnswer> {
  const { api, version, parameters, signal } = call;
  const config = decodeCommitted(await readOptionalJsonBody(call), version);
  const container = parameters.text("container");
  if (container === "") throw invalidArgument('invalid name or ID supplied: ""');
  const request = {
    repository: parameters.text("repo"),
    tag: parameters.text("tag"),
    comment: parameters.text("comment"),
    author: parameters.text("author"),
    pause: parameters.flag("pause", true),
    changes: parameters.list("changes"),
    ...(config !== undefined && { config }),
  };
  const { id } = await api.engine.containers.commit(container, request, { signal });
  return json({ Id: id }, 201);
}
