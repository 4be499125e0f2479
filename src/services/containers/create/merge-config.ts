import type { ContainerConfig, Healthcheck } from "#oci";

/** What the user said, and where the user said nothing what the image says; lists and labels of both. A shell is for builds. */
export function mergeConfig<T extends ContainerConfig>(user: T, image: ContainerConfig): T {
  return {
    ...user,
    ...mergeCommand(user, image),
    ...given("User", user.User || image.User),
    ...given("WorkingDir", user.WorkingDir || image.WorkingDir),
    ...given("StopSignal", user.StopSignal || image.StopSignal),
    ...given("Env", mergeEnv(user.Env, image.Env)),
    ...given("ExposedPorts", mergeSets(user.ExposedPorts, image.ExposedPorts)),
    ...given("Volumes", mergeSets(user.Volumes, image.Volumes)),
    ...given("Healthcheck", mergeHealthcheck(user.Healthcheck, image.Healthcheck)),
    Labels: { ...image.Labels, ...user.Labels },
  };
}

/** An entrypoint of one's own takes the image's command away; an empty one only takes the image's entrypoint away. */
function mergeCommand(user: ContainerConfig, image: ContainerConfig): Partial<ContainerConfig> {
  if ((user.Entrypoint?.length ?? 0) > 0) return {};
  return {
    ...given("Cmd", (user.Cmd?.length ?? 0) === 0 ? image.Cmd : user.Cmd),
    ...given("Entrypoint", user.Entrypoint ?? image.Entrypoint),
  };
}

/** The user's first: who reads an environment takes the last of two, and there are no two of a name. */
function mergeEnv(user: readonly string[] | undefined, image: readonly string[] | undefined): readonly string[] | undefined {
  if (user === undefined || user.length === 0) return image;
  const named = new Set(user.map(nameOf));
  return [...user, ...(image ?? []).filter((entry) => !named.has(nameOf(entry)))];
}

function nameOf(entry: string): string {
  return entry.split("=", 1)[0] ?? "";
}

function mergeSets(
  user: Readonly<Record<string, object>> | undefined,
  image: Readonly<Record<string, object>> | undefined,
): Readonly<Record<string, object>> | undefined {
  return user === undefined && image === undefined ? undefined : { ...image, ...user };
}

function mergeHealthcheck(user: Healthcheck | undefined, image: Healthcheck | undefined): Healthcheck | undefined {
  if (user === undefined || image === undefined) return user ?? image;
  const said = Object.entries(user).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value !== 0));
  return { ...image, ...Object.fromEntries(said) };
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
