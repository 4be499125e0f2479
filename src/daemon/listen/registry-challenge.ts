import type { IncomingMessage, ServerResponse } from "node:http";

/** Where registries are, for all their clients. */
export function isRegistryPath({ url = "" }: IncomingMessage): boolean {
  return /^\/v2(?:[/?]|$)/.test(url);
}

export function bearerToken(authorization: string): string | undefined {
  return /^Bearer +([A-Za-z0-9_-]+)$/i.exec(authorization)?.[1];
}

/** Of whatever user. */
export function basicPassword(authorization: string): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  const decoded = encoded === undefined ? "" : Buffer.from(encoded, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  return colon === -1 ? undefined : decoded.slice(colon + 1);
}

/** What makes `docker login` ask for a password, and others send theirs; in the protocol's form for errors. */
export function challengeRegistryClient(response: ServerResponse): void {
  response.writeHead(401, {
    "Content-Type": "application/json",
    "Docker-Distribution-Api-Version": "registry/2.0",
    "WWW-Authenticate": 'Basic realm="slipway"',
    Connection: "close",
  });
  const message = "authentication required: any user, with the contents of the file api-token in the data root as the password";
  response.end(`${JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message }] })}\n`);
}
