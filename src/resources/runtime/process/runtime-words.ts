import { internal, invalidArgument } from "#errors";
import type { EngineError } from "#errors";

/** What Docker puts in front of whatever a runtime says when a container does not start. */
const PREFIX = "failed to create task for container: failed to create shim task: OCI runtime create failed: ";
const INIT_PREFIX = "runc create failed: unable to start container process: error during container init: ";

const EXEC_PREFIX = "OCI runtime exec failed: exec failed: unable to start container process: ";
const ENOTDIR_HINT =
  ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type";

/** A shell's own numbers for what could not be found, and could not be executed; Docker's for all else. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const UNKNOWN = 128;

/** The last error in a runtime's log; undefined when it had none. runc writes an object on a line, crun on several. */
export function lastError(log: string): string | undefined {
  const entries = log.split(/^(?=\{)/m);
  for (const entry of entries.reverse()) {
    const { level, msg } = parseEntry(entry);
    if (level === "error" && typeof msg === "string") return msg;
  }
  return undefined;
}

function parseEntry(entry: string): { level?: unknown; msg?: unknown } {
  try {
    return JSON.parse(entry) as { level?: unknown; msg?: unknown };
  } catch {
    // The last one of a runtime that was killed while it wrote.
    return {};
  }
}

/** A start that failed, in the words that Docker has for it; the versions of runc differ in theirs. */
export function startFailure(message: string): EngineError {
  const missing = /(?:exec|executable file)[: ].*$/s.exec(message)?.[0];
  if (missing !== undefined) return classified(`${PREFIX}${INIT_PREFIX}${missing}`);
  return classified(`${PREFIX}${message.replace(/^(?:runc|container) run failed: /, "runc create failed: ")}`);
}

/** The same for a process in a container that runs. */
export function execStartFailure(message: string): EngineError {
  return classified(`${EXEC_PREFIX}${message.replace(/^(?:exec failed: )?(?:unable to start container process: )?/, "")}`);
}

/** As Docker sorts failures: by their words. */
function classified(message: string): EngineError {
  if (/permission denied/i.test(message)) return invalidArgument(message, { details: { exitCode: NOT_EXECUTABLE } });
  if (/not a directory/i.test(message)) return invalidArgument(`${message}${ENOTDIR_HINT}`, { details: { exitCode: NOT_FOUND } });
  const isMissing = /executable file (?:`.*` )?not found|no such file or directory/i.test(message);
  return isMissing ? invalidArgument(message, { details: { exitCode: NOT_FOUND } }) : internal(message, { details: { exitCode: UNKNOWN } });
}
