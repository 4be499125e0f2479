import { unavailable } from "#errors";
import { runProgram } from "#programs";

export const GNU_TAR = "tar";

let isGnu: Promise<void> | undefined;

/** Other tars know neither the options nor extended attributes. @throws unavailable. */
export function requireGnuTar(): Promise<void> {
  isGnu ??= check();
  return isGnu;
}

async function check(): Promise<void> {
  try {
    const version = await runProgram("tar", ["--version"], { package: GNU_TAR });
    if (!version.includes("GNU tar")) throw unavailable("cannot unpack layers: tar is not GNU tar, install the package tar");
  } catch (error) {
    // What is installed in the meantime is found.
    isGnu = undefined;
    throw error;
  }
}
