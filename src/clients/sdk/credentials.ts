import { encodeRegistryAuth, encodeRegistryConfig } from "#wire";

/** Who asks a registry. The token of `identityToken` came from a login; `registryToken` is sent to the registry as it is. */
export type Credentials =
  | { readonly username: string; readonly password: string; readonly serverAddress?: string }
  | { readonly identityToken: string; readonly serverAddress?: string }
  | { readonly registryToken: string; readonly serverAddress?: string };

/** Docker's clients always send it, `{}` for nobody. */
export function authHeader(credentials: Credentials | undefined): Readonly<Record<string, string>> {
  return { "X-Registry-Auth": encodeRegistryAuth(credentials ?? {}) };
}

/** Credentials by registry, `host[:port]`. */
export function registriesHeader(credentials: Readonly<Record<string, Credentials>>): Readonly<Record<string, string>> {
  return { "X-Registry-Config": encodeRegistryConfig(credentials) };
}
