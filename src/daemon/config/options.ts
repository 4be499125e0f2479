/** How often and with what an option is given: `list` options may be repeated and add up. */
export type OptionKind = "text" | "switch" | "integer" | "list";

export interface Option {
  readonly flag: string;
  readonly short?: string;
  /** The key in the configuration file, where dockerd has one; absent for what only makes sense on the command line. */
  readonly key?: string;
  readonly kind: OptionKind;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly help: string;
}

export interface OptionGroup {
  readonly title: string;
  readonly options: readonly Option[];
}

/** Every option of `slipwayd`, as the help shows them. Names, keys and meanings are dockerd's where dockerd has the option. */
export const OPTION_GROUPS: readonly OptionGroup[] = [
  {
    title: "Listening",
    options: [
      {
        flag: "host",
        short: "H",
        key: "hosts",
        kind: "list",
        value: "address",
        help: "Where to listen: unix://path, tcp://address:port or fd:// (repeatable)",
      },
      {
        flag: "group",
        short: "G",
        key: "group",
        kind: "text",
        value: "name",
        help: 'Group that may use the unix socket (root: "docker", if it exists)',
      },
      { flag: "tlsverify", key: "tlsverify", kind: "switch", help: "Use TLS on tcp:// and let in only clients with a certificate" },
      {
        flag: "tlscacert",
        key: "tlscacert",
        kind: "text",
        value: "file",
        help: "CA that signs the clients' certificates (~/.docker/ca.pem)",
      },
      { flag: "tlscert", key: "tlscert", kind: "text", value: "file", help: "Certificate of this server (~/.docker/cert.pem)" },
      { flag: "tlskey", key: "tlskey", kind: "text", value: "file", help: "Private key of this server (~/.docker/key.pem)" },
      { flag: "tls", key: "tls", kind: "switch", help: "Implied by --tlsverify; never enough on its own" },
      {
        flag: "insecure-loopback-tcp",
        key: "insecure-loopback-tcp",
        kind: "switch",
        help: "Allow tcp:// without TLS on loopback; clients need the token in the data root",
      },
    ],
  },
  {
    title: "Storage",
    options: [
      { flag: "data-root", key: "data-root", kind: "text", value: "folder", help: "Where images are kept" },
      {
        flag: "build-cache-limit",
        key: "build-cache-limit",
        kind: "text",
        value: "size",
        help: "Most that the build cache may take, as in 20GB (80 % of the disk)",
      },
      {
        flag: "allow-insecure-builds",
        key: "allow-insecure-builds",
        kind: "switch",
        help: "Let RUN --security=insecure have all of root's rights on this machine",
      },
    ],
  },
  {
    title: "Registries",
    options: [
      {
        flag: "insecure-registry",
        key: "insecure-registries",
        kind: "list",
        value: "host",
        help: "Registry host or CIDR allowed without TLS (repeatable)",
      },
      {
        flag: "registry-mirror",
        key: "registry-mirrors",
        kind: "list",
        value: "URL",
        help: "Mirror of Docker Hub to ask first (repeatable)",
      },
      {
        flag: "max-concurrent-downloads",
        key: "max-concurrent-downloads",
        kind: "integer",
        value: "n",
        help: "Layers of one pull fetched at a time (3)",
      },
      {
        flag: "max-concurrent-uploads",
        key: "max-concurrent-uploads",
        kind: "integer",
        value: "n",
        help: "Layers of one push sent at a time (5)",
      },
      {
        flag: "push-compression",
        key: "push-compression",
        kind: "text",
        value: "format",
        help: "How layers made here leave for a registry: gzip or zstd (gzip)",
      },
      {
        flag: "max-download-attempts",
        key: "max-download-attempts",
        kind: "integer",
        value: "n",
        help: "Attempts for each layer of a pull (5)",
      },
      {
        flag: "registry-delete",
        key: "registry-delete",
        kind: "switch",
        help: "Let clients of /v2/, the engine as a registry, delete what is stored",
      },
    ],
  },
  {
    title: "Running",
    options: [
      { flag: "config-file", kind: "text", value: "file", help: "Configuration in JSON, with the keys of dockerd's daemon.json" },
      { flag: "pidfile", short: "p", key: "pidfile", kind: "text", value: "file", help: "Where to write the process ID (nowhere)" },
      { flag: "label", key: "labels", kind: "list", value: "key=value", help: "Label of this engine (repeatable)" },
      {
        flag: "shutdown-timeout",
        key: "shutdown-timeout",
        kind: "integer",
        value: "seconds",
        help: "How long a stop waits for running requests; -1 for ever (15)",
      },
      { flag: "debug", short: "D", key: "debug", kind: "switch", help: "Log decisions too; same as --log-level debug" },
      { flag: "log-level", short: "l", key: "log-level", kind: "text", value: "level", help: "debug, info, warn, error or fatal (info)" },
      { flag: "log-format", key: "log-format", kind: "text", value: "format", help: "text or json (text)" },
    ],
  },
  {
    title: "Instead of running",
    options: [
      { flag: "validate", kind: "switch", help: "Check the flags and the configuration file, and exit" },
      { flag: "version", short: "v", kind: "switch", help: "Print the version and exit" },
      { flag: "help", short: "h", kind: "switch", help: "Print this help and exit" },
    ],
  },
];

export const OPTIONS: readonly Option[] = OPTION_GROUPS.flatMap((group) => group.options);
