/** Who asks a registry. The token of `identityToken` came from a login; `registryToken` is sent to the registry as it is. */
export type Credentials =
  | { readonly username: string; readonly password: string; readonly serverAddress?: string }
  | { readonly identityToken: string; readonly serverAddress?: string }
  | { readonly registryToken: string; readonly serverAddress?: string };

/** `X-Registry-Auth`: RFC 4648 §5 with padding, of JSON; engines decode nothing else. Always sent, `{}` for nobody. */
export function authHeader(credentials: Credentials | undefined): Readonly<Record<string, string>> {
  const members = Object.entries(credentials ?? {}).filter(([, value]) => value !== undefined);
  const json = JSON.stringify(Object.fromEntries(members.map(([key, value]) => [key.toLowerCase(), value])));
  const bytes = new TextEncoder().encode(json);
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return { "X-Registry-Auth": base64.replaceAll("+", "-").replaceAll("/", "_") };
}
