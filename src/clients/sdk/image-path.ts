import { invalidArgument } from "#errors";

/**
 * The path of an image: each part of the name is encoded, the slashes between them stay, as engines route by suffix.
 * Names whose path an engine would clean and redirect are none in Docker's grammar either.
 */
export function imagePath(name: string, suffix = ""): string {
  const parts = name.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) throw invalidArgument("invalid reference format");
  return `/images/${parts.map(encodeURIComponent).join("/")}${suffix}`;
}
