import type { EngineError } from "#errors";
import { chooseChallenge, inContext, refusalInContext } from "../auth/authorizer.ts";
import type { Challenge } from "../auth/challenge.ts";
import { basicToken, credentialsFor } from "../credentials.ts";
import type { RegistryCredentials } from "../credentials.ts";
import type { RegistryClient, Reply } from "../client.ts";
import { refusal } from "../client.ts";
import { failure, statusLine } from "../failure.ts";
import type { Endpoint } from "../hosts/endpoint.ts";
import type { LoginResult, OperationOptions } from "../types.ts";

const SUCCEEDED = "Login Succeeded";

/** Asks for `/v2/`, then again with the credentials in the way that the refusal said. Mirrors are never asked. */
export async function login(client: RegistryClient, credentials: RegistryCredentials, { signal }: OperationOptions): Promise<LoginResult> {
  const plan = { operation: "log in", capability: "push", patience: "request", originOnly: true, signal } as const;
  return client.run(plan, async (endpoint) => {
    const reply = await client.askOpenly(endpoint, { ...plan, method: "GET", path: "/", scopes: [] });
    const { status, headers } = reply.response;
    reply.response.discard();
    if (status === 200) return { identityToken: credentials.identityToken ?? "", status: SUCCEEDED };
    const challenge = chooseChallenge(headers);
    if (status !== 401 || challenge === undefined) throw attemptFailed(reply);
    const own = credentialsFor(credentials, endpoint, client.domain, "");
    const { authorization, identityToken } = await authorizationBy(client, { endpoint, challenge, own, reply });
    const proof = await client.askOpenly(endpoint, { ...plan, method: "GET", path: "/", scopes: [], headers: { authorization } });
    if (proof.response.status !== 200) throw challenge.scheme === "basic" ? attemptFailed(proof) : await refusal(proof);
    proof.response.discard();
    return { identityToken: identityToken === "" ? (credentials.identityToken ?? "") : identityToken, status: SUCCEEDED };
  });
}

interface LoginAttempt {
  readonly endpoint: Endpoint;
  readonly challenge: Challenge;
  readonly own: RegistryCredentials | undefined;
  readonly reply: Reply;
}

async function authorizationBy(
  client: RegistryClient,
  { endpoint, challenge, own, reply: { asking } }: LoginAttempt,
): Promise<{ readonly authorization: string; readonly identityToken: string }> {
  if (challenge.scheme === "basic") {
    const { username = "", password = "" } = own ?? {};
    if (username === "" || password === "")
      throw failure("internal", inContext("no basic auth credentials", asking), asking, { status: 401 });
    return { authorization: `Basic ${basicToken(username, password)}`, identityToken: "" };
  }
  try {
    const request = { endpoint, challenge, scopes: [], credentials: own, isOffline: true };
    const { value, refreshToken } = await client.deps.authorizer.tokens.fetch(request, asking);
    return { authorization: `Bearer ${value}`, identityToken: refreshToken };
  } catch (error) {
    throw refusalInContext(error, asking);
  }
}

function attemptFailed({ response, asking }: Reply): EngineError {
  const { status } = response;
  response.discard();
  return failure("internal", `login attempt to ${asking.url} failed with status: ${statusLine(status)}`, asking, { status });
}
