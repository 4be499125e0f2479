import { readTar, sha256 } from "../workbench/index.ts";

const REFERENCE = /"(blobs\/sha256\/[0-9a-f]{64})"|"sha256:([0-9a-f]{64})"/g;

/** What a saved archive says about itself, without the bytes of its blobs. */
export function archiveSummary(bytes: Buffer): unknown {
  const files = readTar(bytes);
  const names = files.map(({ name }) => name);
  const documents = names.filter((name) => !name.startsWith("blobs/"));
  const blobs = names.filter((name) => /^blobs\/sha256\/./.test(name));
  return {
    folders: names.filter((name) => name.endsWith("/")),
    documents: Object.fromEntries(documents.map((name) => [name, parsed(files.data.get(name))])),
    inOrder: names.join("\n") === names.toSorted().join("\n"),
    intact: blobs.every((name) => sha256(files.data.get(name) ?? Buffer.alloc(0)).endsWith(name.slice("blobs/sha256/".length))),
    closed: documents.every((name) => blobsNamedBy(files.data.get(name)).every((blob) => names.includes(blob))),
  };
}

function parsed(data: Buffer | undefined): unknown {
  const text = data?.toString() ?? "";
  try {
    return ordered(JSON.parse(text));
  } catch {
    return text;
  }
}

/** Docker writes the images of an archive, and its index, in the order of a hash map. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null || !("manifests" in value)) return value;
  return { ...value, manifests: ordered(value.manifests) };
}

function blobsNamedBy(data: Buffer | undefined): string[] {
  return [...(data?.toString() ?? "").matchAll(REFERENCE)].map(([, path, hex]) => path ?? `blobs/sha256/${hex}`);
}
