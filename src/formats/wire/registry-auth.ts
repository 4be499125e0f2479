import { invalidArgument } from "#errors";
import { jsonMembers, parseJsonBody, parseJsonDocument, stringMember } from "./go-json.ts";

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

const AUTH = "X-Registry-Auth";
const CONFIG = "X-Registry-Config";
/** Tokens take some kilobytes; nothing honest takes this. */
const MAX_LENGTH = 256 * 1024;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads `X-Registry-Auth`. More than Docker it takes the standard alphabet, missing padding and white space.
 *
 * @throws invalid-argument in Docker's words; pull, push and search go on anonymously instead.
 */
export function decodeRegistryAuth(header: string | undefined): RegistryAuth {
  return header === undefined || header.trim() === ""
    ? {}
    : toRegistryAuth(parseJsonDocument(decodeBase64(header, AUTH), sourceOf(AUTH)), AUTH);
}

/** Reads the body of `POST /auth`. */
export function parseRegistryAuth(text: string): RegistryAuth {
  return toRegistryAuth(parseJsonBody(text), AUTH);
}

/**
 * Reads `X-Registry-Config`: credentials by registry, for the base images of a build and for both ends of a copy.
 *
 * @throws invalid-argument naming the header.
 */
export function decodeRegistryConfig(header: string | undefined): ReadonlyMap<string, RegistryAuth> {
  if (header === undefined || header.trim() === "") return new Map();
  const json = parseJsonDocument(decodeBase64(header, CONFIG), sourceOf(CONFIG));
  jsonMembers(json, { ...sourceOf(CONFIG), goType: "map[string]registry.AuthConfig" });
  return new Map(Object.entries(json ?? {}).map(([registry, auth]) => [registry, toRegistryAuth(auth, CONFIG)]));
}

/** Writes `X-Registry-Auth`: base64url with padding, as Docker's decoder insists. */
export function encodeRegistryAuth(auth: RegistryAuth): string {
  return encodeBase64(toJson(auth));
}

/** Writes `X-Registry-Config`. */
export function encodeRegistryConfig(auths: Readonly<Record<string, RegistryAuth>>): string {
  return encodeBase64(Object.fromEntries(Object.entries(auths).map(([registry, auth]) => [registry, toJson(auth)])));
}

function toJson({ username, password, serverAddress, identityToken, registryToken }: RegistryAuth): object {
  return { username, password, serveraddress: serverAddress, identitytoken: identityToken, registrytoken: registryToken };
}

function encodeBase64(json: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(json));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

function sourceOf(header: string): { readonly prefix: string; readonly trailing: string; readonly goType: string } {
  const invalid = `invalid ${header} header`;
  return {
    prefix: `${invalid}: invalid JSON`,
    trailing: `${invalid}: multiple JSON documents not allowed`,
    goType: "registry.AuthConfig",
  };
}

function decodeBase64(text: string, header: string): string {
  const refused = (cause?: unknown): Error =>
    invalidArgument(`invalid ${header} header: must be a valid base64url-encoded string`, { cause });
  if (text.length > MAX_LENGTH) throw refused();
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return utf8.decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  } catch (cause) {
    throw refused(cause);
  }
}

function toRegistryAuth(json: unknown, header: string): RegistryAuth {
  const source = sourceOf(header);
  const members = jsonMembers(json, source);
  const read = (name: string): string => stringMember(members, name, source);
  const own = { username: read("username"), password: read("password") };
  const { username, password } = own.username === "" && own.password === "" ? splitAuth(read("auth"), header) : own;
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
function splitAuth(auth: string, header: string): { username: string; password: string } {
  const text = auth === "" ? ":" : decodeBase64(auth, header);
  const colon = text.indexOf(":");
  return colon === -1 ? { username: "", password: "" } : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
