/**
 * The Dockerfile language: text to statements with their places, typed instructions, word expansion, and the `changes`
 * of import and commit.
 *
 * Promises: whatever text comes in, an `EngineError` in Docker's words or a value comes out, in time linear to what was
 * read and written, up to a fixed budget. Knows nothing of contexts, images or running anything: an instruction is a
 * value, and who builds decides what it does.
 */
export { applyChanges } from "./apply-changes.ts";
