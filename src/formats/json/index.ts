/**
 * What is wrong with a text that is not JSON, in the words of Go's `encoding/json`, which Docker's clients know.
 *
 * Promises: one pass, no recursion, whatever the text. Knows no document's meaning.
 */
export { explainJsonError, JSON_ENDS_EARLY, JSON_GOES_ON } from "./explain-json-error.ts";
