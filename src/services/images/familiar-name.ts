/** The short form of a canonical reference that people see: without `docker.io/`, and without `library/` before one component. */
export function familiarName(canonical: string): string {
  if (!canonical.startsWith("docker.io/")) return canonical;
  const rest = canonical.slice("docker.io/".length);
  if (!rest.startsWith("library/")) return rest;
  const name = rest.slice("library/".length);
  return name.includes("/") ? rest : name;
}
