import { invalidArgument } from "#errors";
import { jsonMembers, parseJsonDocument, stringMember } from "./go-json.ts";

/** What a client knows about itself for one registry; empty for an anonymous one. */
export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  /** The registry that the credentials are for, possibly with scheme and path; they go to no other. */
  readonly serverAddress?: string;
  /** A refresh token, from which access tokens are had. */
  readonly identityToken?: string;
  /** An access token, passed on as it is. */
  readonly registryToken?: string;
}

const INVALID = "invalid X-Registry-Auth header";
const SOURCE = {
  prefix: `${INVALID}: invalid JSON`,
  trailing: `${INVALID}: multiple JSON documents not allowed`,
  goType: "registry.AuthConfig",
};
const NOT_BASE64 = `${INVALID}: must be a valid base64url-encoded string`;
/** Tokens take some kilobytes; nothing honest takes this. */
const MAX_LENGTH = 256 * 1024;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads `X-Registry-Auth`. More than Docker it takes the standard alphabet, missing padding and white space.
 *
 * @throws invalid-argument in Docker's words; pull, push and search go on anonymously instead.
 */
export function decodeRegistryAuth(header: string | undefined): RegistryAuth {
  return header === undefined || header.trim() === "" ? {} : parseRegistryAuth(decodeBase64(header));
}

/** Reads the JSON itself, which is also the body of `POST /auth`. */
export function parseRegistryAuth(text: string): RegistryAuth {
  return toRegistryAuth(parseJsonDocument(text, SOURCE));
}

/** Reads `X-Registry-Config`: credentials by registry, for the base images of a build. */
export function decodeRegistryConfig(header: string | undefined): ReadonlyMap<string, RegistryAuth> {
  if (header === undefined || header.trim() === "") return new Map();
  const json = parseJsonDocument(decodeBase64(header), SOURCE);
  jsonMembers(json, { ...SOURCE, goType: "map[string]registry.AuthConfig" });
  return new Map(Object.entries(json ?? {}).map(([registry, auth]) => [registry, toRegistryAuth(auth)]));
}

/** Writes `X-Registry-Auth`: base64url with padding, as Docker's decoder insists. */
export function encodeRegistryAuth({ username, password, serverAddress, identityToken, registryToken }: RegistryAuth): string {
  const json = JSON.stringify({
    username,
    password,
    serveraddress: serverAddress,
    identitytoken: identityToken,
    registrytoken: registryToken,
  });
  const bytes = new TextEncoder().encode(json);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

function decodeBase64(text: string): string {
  if (text.length > MAX_LENGTH) throw invalidArgument(NOT_BASE64);
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return utf8.decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  } catch (cause) {
    throw invalidArgument(NOT_BASE64, { cause });
  }
}

function toRegistryAuth(json: unknown): RegistryAuth {
  const members = jsonMembers(json, SOURCE);
  const read = (name: string): string => stringMember(members, name, SOURCE);
  const own = { username: read("username"), password: read("password") };
  const { username, password } = own.username === "" && own.password === "" ? splitAuth(read("auth")) : own;
  const serverAddress = read("serveraddress");
  const identityToken = read("identitytoken");
  const registryToken = read("registrytoken");
  return {
    ...(username !== "" && { username }),
    ...(password !== "" && { password }),
    ...(serverAddress !== "" && { serverAddress }),
    ...(identityToken !== "" && { identityToken }),
    ...(registryToken !== "" && { registryToken }),
  };
}

/** `auth` is base64 of `username:password`; Docker leaves splitting to clients, not all of which do. */
function splitAuth(auth: string): { username: string; password: string } {
  const text = auth === "" ? ":" : decodeBase64(auth);
  const colon = text.indexOf(":");
  return colon === -1 ? { username: "", password: "" } : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
