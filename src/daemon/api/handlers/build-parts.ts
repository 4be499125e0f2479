import type { BuildPart } from "#engine";
import { invalidArgument } from "#errors";
import { decodeForm } from "#wire";
import type { FormPart } from "#wire";

const MAX_PARTS = 128;
/** As much as BuildKit takes. */
const MAX_SECRET_SIZE = 500 * 1024;
const EXPECTED = "expected context, context:<name>, secret:<id> or ssh:<id>";

/**
 * What a build is sent as a form: `context` and `context:<name>` are tars, `secret:<id>` is what `RUN --mount=type=secret`
 * shows, `ssh:<id>` a key for the agent of `RUN --mount=type=ssh`. Nothing of a secret is ever in an error.
 *
 * @throws invalid-argument for other parts, and for too many or too large ones.
 */
export async function* readBuildParts(body: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<BuildPart> {
  let count = 0;
  for await (const part of decodeForm(body, boundary)) {
    count += 1;
    if (count > MAX_PARTS) throw invalidArgument(`cannot read the form: it has more than ${MAX_PARTS} parts`);
    yield await toBuildPart(part);
  }
}

async function toBuildPart({ name, body }: FormPart): Promise<BuildPart> {
  if (name === "context") return { type: "context", tar: body };
  const at = name.indexOf(":");
  const [kind, id] = [name.slice(0, at), name.slice(at + 1)];
  if (id === "" || (kind !== "context" && kind !== "secret" && kind !== "ssh")) {
    throw invalidArgument(`cannot use part ${JSON.stringify(name)} of the form: ${EXPECTED}`);
  }
  if (kind === "context") return { type: "context", name: id, tar: body };
  if (kind === "ssh") return { type: "ssh", id, key: await readSecret(id, body) };
  return { type: "secret", id, value: await readSecret(id, body) };
}

/**
 * Secrets of the header `X-Slipway-Secrets`: base64url JSON that maps IDs to base64. For a client whose body is the context
 * already; a header holds a few keys at most.
 */
export function readSecretsHeader(header: string | string[] | undefined): ReadonlyMap<string, Uint8Array> {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined || text === "") return new Map();
  const secrets = parseSecrets(Buffer.from(text, "base64url").toString("utf8"));
  return new Map(
    secrets.map(([id, secret]) => {
      const value = Buffer.from(secret, "base64");
      checkSize(id, value.byteLength);
      return [id, value];
    }),
  );
}

function parseSecrets(json: string): readonly (readonly [id: string, value: string])[] {
  const malformed = invalidArgument("invalid X-Slipway-Secrets header: expected base64url of a JSON object that maps IDs to base64");
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // The parser's words quote what it has read.
    throw malformed;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed;
  return Object.entries(value).map(([id, secret]) => {
    if (typeof secret !== "string") throw malformed;
    return [id, secret];
  });
}

async function readSecret(id: string, body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    checkSize(id, size);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function checkSize(id: string, size: number): void {
  if (size <= MAX_SECRET_SIZE) return;
  throw invalidArgument(`cannot use secret ${JSON.stringify(id)}: expected at most ${MAX_SECRET_SIZE} bytes`);
}
