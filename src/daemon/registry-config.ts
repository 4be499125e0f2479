import type { RegistryConfig } from "#registry";
import type { Config } from "./config/index.ts";

/** Where certificates and `hosts.toml` of registries are looked for: our own folder first, then those that machines have. */
const CERTIFICATE_DIRECTORIES = ["/etc/slipway/certs.d", "/etc/docker/certs.d", "/etc/containerd/certs.d"];

/** The registries' part of the daemon's configuration, in the words of the registry room. */
export function registryConfig({ registries, proxy }: Config, version: string): RegistryConfig {
  return {
    insecureRegistries: registries.insecure,
    mirrors: registries.mirrors,
    certificateDirectories: CERTIFICATE_DIRECTORIES,
    proxy,
    userAgent: `slipway/${version}`,
    maxConcurrentDownloads: registries.maxConcurrentDownloads,
    maxConcurrentUploads: registries.maxConcurrentUploads,
    retry: { transferAttempts: registries.maxDownloadAttempts },
  };
}
