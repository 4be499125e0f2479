import { invalidArgument, notFound } from "#errors";
import { bestPlatform, familiar, formatPlatform, samePlatform } from "#oci";
import type { Descriptor, Platform, Reference } from "#oci";
import type { OperationOptions, Repository } from "#registry";
import { configPlatform } from "../config-platform.ts";
import type { Sides } from "./copy-sides.ts";

/** What is copied: what the name stands for, or of an index the manifest for one platform. */
export async function chooseRoot(
  { source, target }: Sides,
  platform: Platform | undefined,
  options: OperationOptions,
): Promise<Descriptor> {
  const { reference } = source.repository;
  const root = await source.ask(async (repository) => {
    const found = await repository.resolve(reference.digest ?? reference.tag ?? "latest", options);
    return platform === undefined ? found : chooseManifest(repository, found, platform, options);
  });
  const { digest } = target.repository.reference;
  if (digest === undefined || digest === root.digest) return root;
  throw invalidArgument(`cannot copy ${familiar(reference)} to ${familiar(target.repository.reference)}: it is ${root.digest}`);
}

/** An index without its other manifests is none that registries take, so what is copied is the manifest alone. */
async function chooseManifest(
  repository: Repository,
  found: Descriptor,
  platform: Platform,
  options: OperationOptions,
): Promise<Descriptor> {
  const { document, descriptor } = await repository.fetchManifest(found, options);
  if (document.kind === "manifest") {
    const actual = await configPlatform(repository, document, options);
    if (actual === undefined || samePlatform(actual, platform)) return descriptor;
    throw mismatch(repository.reference, actual, platform);
  }
  const images = document.manifests.filter(({ platform: own }) => own?.os !== "unknown");
  const chosen = bestPlatform(images, (manifest) => manifest.platform, platform);
  if (chosen === undefined) throw notFound(`no matching manifest for ${formatPlatform(platform)} in the manifest list entries`);
  return chosen;
}

function mismatch(reference: Reference, actual: Platform, wanted: Platform): Error {
  const [is, should] = [formatPlatform(actual), formatPlatform(wanted)];
  return notFound(
    `image with reference ${familiar(reference)} was found but its platform (${is}) does not match the specified platform (${should})`,
  );
}
