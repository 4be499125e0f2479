import { invalidArgument } from "#errors";
import { explainJsonError } from "#json";

/** Who is asked to live under a profile. */
export interface ProfileFacts {
  /** As Go names it. */
  readonly architecture: string;
  readonly capabilities: readonly string[];
  /** `6.1.0` */
  readonly kernel: string;
}

/** A document of the user's: any member may be anything. */
type Untrusted = Readonly<Record<string, unknown>>;

const NATIVE: Readonly<Record<string, string>> = {
  amd64: "SCMP_ARCH_X86_64",
  arm64: "SCMP_ARCH_AARCH64",
  riscv64: "SCMP_ARCH_RISCV64",
  ppc64le: "SCMP_ARCH_PPC64LE",
  s390x: "SCMP_ARCH_S390X",
};

/**
 * A profile in Docker's format as runtimes want one: what holds for other architectures, capabilities or kernels only
 * is left out.
 *
 * @throws invalid-argument in Docker's words.
 */
export function readSeccompProfile(text: string, facts: ProfileFacts): object {
  const profile = parsed(text);
  const { defaultAction, defaultErrnoRet, flags, listenerPath, listenerMetadata } = profile;
  if (isFilled(profile["architectures"]) && isFilled(profile["archMap"])) {
    throw invalidArgument(
      "both 'architectures' and 'archMap' are specified in the seccomp profile, use either 'architectures' or 'archMap'",
    );
  }
  const rules = list(profile["syscalls"]).filter((rule) => applies(rule, facts));
  return {
    defaultAction,
    ...given({ defaultErrnoRet, flags, listenerPath, listenerMetadata }),
    architectures: architecturesOf(profile, facts),
    syscalls: rules.map(toRule),
  };
}

function parsed(text: string): Untrusted {
  const refuse = (reason: string, cause?: unknown): Error => invalidArgument(`Decoding seccomp profile failed: ${reason}`, { cause });
  let profile: unknown;
  try {
    profile = JSON.parse(text);
  } catch (error) {
    throw refuse(explainJsonError(text), error);
  }
  if (!isObject(profile)) throw refuse("it is not an object");
  return profile;
}

function architecturesOf(profile: Untrusted, { architecture }: ProfileFacts): unknown[] {
  if (isFilled(profile["architectures"])) return texts(profile["architectures"]);
  const native = list(profile["archMap"]).find((entry) => entry["architecture"] === NATIVE[architecture]);
  if (native === undefined) return [];
  return [native["architecture"], ...texts(native["subArchitectures"])];
}

function applies({ includes, excludes }: Untrusted, { architecture, capabilities, kernel }: ProfileFacts): boolean {
  const wanted = isObject(includes) ? includes : {};
  const unwanted = isObject(excludes) ? excludes : {};
  const isHere = (names: unknown): boolean => texts(names).includes(architecture);
  const hasAll = texts(wanted["caps"]).every((name) => capabilities.includes(name));
  const hasAny = texts(unwanted["caps"]).some((name) => capabilities.includes(name));
  if (isHere(unwanted["arches"]) || hasAny || (isFilled(wanted["arches"]) && !isHere(wanted["arches"])) || !hasAll) return false;
  if (typeof unwanted["minKernel"] === "string" && isAtLeast(kernel, unwanted["minKernel"])) return false;
  return typeof wanted["minKernel"] !== "string" || isAtLeast(kernel, wanted["minKernel"]);
}

function isAtLeast(kernel: string, wanted: string): boolean {
  const [major = 0, minor = 0] = kernel.split(/[.-]/).map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function toRule({ name, names, action, errnoRet, args }: Untrusted): object {
  if (typeof name === "string" && isFilled(names)) {
    throw invalidArgument("both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'");
  }
  return {
    names: typeof name === "string" ? [name] : texts(names),
    action,
    ...given({ errnoRet, args: isFilled(args) ? args : undefined }),
  };
}

function given(members: Untrusted): Untrusted {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));
}

function isObject(value: unknown): value is Untrusted {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isFilled(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0;
}

function list(value: unknown): Untrusted[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}
