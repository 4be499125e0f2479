/** What a caller knows about itself for one registry. Lives as long as the operation it came with. */
export interface RegistryCredentials {
  readonly username?: string;
  readonly password?: string;
  /** `[scheme://]host[:port][/path]` that the credentials are for; they go nowhere else. Absent: the registry that is asked. */
  readonly serverAddress?: string;
  /** A refresh token, from which access tokens are had. */
  readonly identityToken?: string;
  /** An access token, passed on as it is. */
  readonly registryToken?: string;
}

/** One account, or several by `host[:port][/path]`, of which the longest prefix of the repository counts. */
export type CredentialSource = RegistryCredentials | ReadonlyMap<string, RegistryCredentials>;
