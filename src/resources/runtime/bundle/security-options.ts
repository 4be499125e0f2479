import { internal } from "#errors";

/** What Docker's `--security-opt` says. */
export interface SecurityOptions {
  readonly hasNoNewPrivileges: boolean;
  /** `undefined` for Docker's own filter. */
  readonly seccomp: "unconfined" | { readonly profile: string } | undefined;
  readonly hasWritableCgroups: boolean;
}

/**
 * Labels and profiles of SELinux and AppArmor are passed over, as dockerd does on a machine without them.
 *
 * @throws internal in Docker's words.
 */
export function parseSecurityOptions(options: readonly string[]): SecurityOptions {
  let parsed: SecurityOptions = { hasNoNewPrivileges: false, seccomp: undefined, hasWritableCgroups: false };
  for (const option of options) {
    if (option === "no-new-privileges") parsed = { ...parsed, hasNoNewPrivileges: true };
    // Those with a colon are of old clients.
    const [, name = "", value = ""] = /^([a-z-]+)[=:](.*)$/s.exec(option) ?? [];
    if (name === "no-new-privileges") parsed = { ...parsed, hasNoNewPrivileges: isTrue(name, value) };
    if (name === "writable-cgroups") parsed = { ...parsed, hasWritableCgroups: isTrue(name, value) };
    if (name === "seccomp") parsed = { ...parsed, seccomp: seccompOf(value) };
  }
  return parsed;
}

function seccompOf(value: string): SecurityOptions["seccomp"] {
  if (value === "unconfined") return value;
  return value === "builtin" ? undefined : { profile: value };
}

function isTrue(name: string, value: string): boolean {
  if (/^(?:1|t|true)$/i.test(value)) return true;
  if (/^(?:0|f|false)$/i.test(value)) return false;
  throw internal(`invalid --security-opt 2: ${JSON.stringify(`${name}=${value}`)}`);
}
