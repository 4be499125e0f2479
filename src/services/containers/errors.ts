import { conflict, EngineError, invalidArgument, notFound } from "#errors";

/** Docker's words; clients decide by them. */
export function noSuchContainer(words: string): EngineError {
  return notFound(`No such container: ${words}`);
}

export function nameTaken(name: string, id: string): EngineError {
  return conflict(
    `Conflict. The container name "/${name}" is already in use by container "${id}". ` +
      "You have to remove (or rename) that container to be able to reuse that name.",
  );
}

export function invalidName(name: string): EngineError {
  return invalidArgument(`Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`);
}

export function notRunning(id: string): EngineError {
  return conflict(`container ${id} is not running`);
}

/** What was asked for is so already. */
export function notModified(message: string): EngineError {
  return new EngineError("not-modified", message);
}
