import { internal, invalidArgument } from "#errors";
import type { EngineError } from "#errors";

/** What Docker puts in front of whatever a runtime says when a container does not start. */
const PREFIX = "failed to create task for container: failed to create shim task: OCI runtime create failed: ";
const INIT_PREFIX = "runc create failed: unable to start container process: error during container init: ";

/** A shell's own numbers for what could not be found, and could not be executed. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** The last error in a runtime's log, as JSON lines; undefined when it had none. */
export function lastError(log: string): string | undefined {
  const lines = log.split("\n").filter((line) => line.startsWith("{"));
  for (const line of lines.reverse()) {
    const { level, msg } = parseLine(line);
    if (level === "error" && typeof msg === "string") return msg;
  }
  return undefined;
}

function parseLine(line: string): { level?: unknown; msg?: unknown } {
  try {
    return JSON.parse(line) as { level?: unknown; msg?: unknown };
  } catch {
    // The last line of a runtime that was killed while it wrote.
    return {};
  }
}

/** A start that failed, in the words that Docker has for it; the versions of runc differ in theirs. */
export function startFailure(message: string): EngineError {
  const missing = /(?:exec|executable file)[: ].*$/s.exec(message)?.[0];
  if (missing === undefined) return internal(`${PREFIX}${message.replace(/^(?:runc|container) run failed: /, "runc create failed: ")}`);
  const exitCode = /permission denied|is a directory/.test(missing) ? NOT_EXECUTABLE : NOT_FOUND;
  return invalidArgument(`${PREFIX}${INIT_PREFIX}${missing}`, { details: { exitCode } });
}
