import { accessSync, constants } from "node:fs";
import { join, resolve } from "node:path";
import { invalidArgument } from "#errors";
import { checkInsecureRegistries, checkLabels, checkMirrors, checkSize } from "./check-values.ts";
import type { Checked } from "./check-values.ts";
import type { Config, LogFormat, LogLevel, ProxyConfig, PushCompression, RegistryConfig, TlsFiles } from "./config.ts";
import { exposureMistake } from "./exposure.ts";
import { parseHost } from "./host.ts";
import type { Host } from "./host.ts";
import { OPTIONS } from "./options.ts";
import { defaultPlaces, passedDescriptors } from "./places.ts";
import type { Places, Surroundings } from "./places.ts";
import { readConfigFile } from "./read-file.ts";
import type { FileRead } from "./read-file.ts";
import { readFlags } from "./read-flags.ts";
import { integerSetting, listSetting, switchSetting, textSetting } from "./settings.ts";
import type { SettingValue, Settings } from "./settings.ts";

/** What a command line asks for. `help` and `version` win over everything else on it. */
export type Command =
  | { readonly action: "help" | "version" }
  | { readonly action: "serve" | "validate"; readonly config: Config }
  | { readonly action: "fsck"; readonly config: Config; readonly repair: boolean };

/** The one word that may stand before the flags, and the one flag that goes only with it. */
const CHECK = "fsck";
const REPAIR = "--repair";

/**
 * Puts flags, configuration file and defaults together. An option given both as a flag and in the file is a
 * mistake, as it is for dockerd.
 *
 * @throws invalid-argument whose message lists every mistake, one a line.
 */
export function loadCommand(argv: readonly string[], surroundings: Surroundings): Command {
  const isCheck = argv[0] === CHECK;
  const flags = readFlags(isCheck ? argv.slice(1).filter((argument) => argument !== REPAIR) : argv);
  if (switchSetting(flags.settings, "help")) return { action: "help" };
  if (switchSetting(flags.settings, "version")) return { action: "version" };
  const places = defaultPlaces(surroundings);
  const asked = textSetting(flags.settings, "config-file");
  const path = asked === undefined ? places.configFile : resolve(asked);
  const file = readConfigFile(path, { required: asked !== undefined });
  const builder = new ConfigBuilder(new Map([...file.settings, ...flags.settings]), places, surroundings);
  const config = builder.build();
  const inFile = [...conflicts(flags.settings, file), ...file.mistakes];
  const mistakes = [...flags.mistakes, ...inFile.map((mistake) => `${path}: ${mistake}`), ...builder.mistakes];
  if (mistakes.length > 0) throw configurationMistakes(mistakes);
  if (isCheck) return { action: "fsck", config, repair: argv.includes(REPAIR) };
  return { action: switchSetting(flags.settings, "validate") ? "validate" : "serve", config };
}

function configurationMistakes(mistakes: readonly string[]): Error {
  const count = mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`;
  return invalidArgument([`${count} in the configuration, nothing was started`, ...mistakes].join("\n  "), { details: { mistakes } });
}

function conflicts(flags: Settings, file: FileRead): readonly string[] {
  const both = OPTIONS.flatMap(({ flag, key }) => {
    const fromFlag = flags.get(flag);
    const fromFile = file.settings.get(flag);
    if (fromFlag === undefined || fromFile === undefined) return [];
    return [`${key ?? flag}: (from flag: ${goValue(fromFlag)}, from file: ${goValue(fromFile)})`];
  });
  return both.length === 0
    ? []
    : [`the following directives are specified both as a flag and in the configuration file: ${both.join(", ")}`];
}

/** As Go's `%v` prints it, because the sentence around it is dockerd's. */
function goValue(value: SettingValue): string {
  return typeof value === "object" ? `[${value.join(" ")}]` : String(value);
}

const PUSH_COMPRESSIONS: readonly PushCompression[] = ["gzip", "zstd"];
const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error", "fatal"];
const LOG_FORMATS: readonly LogFormat[] = ["text", "json"];

/** Goes on after a mistake with a harmless value, so that the rest is checked too. */
class ConfigBuilder {
  readonly mistakes: string[] = [];
  readonly #settings: Settings;
  readonly #places: Places;
  readonly #surroundings: Surroundings;

  constructor(settings: Settings, places: Places, surroundings: Surroundings) {
    this.#settings = settings;
    this.#places = places;
    this.#surroundings = surroundings;
  }

  build(): Config {
    const settings = this.#settings;
    const dataRoot = resolve(textSetting(settings, "data-root") ?? this.#places.dataRoot);
    const hosts = this.#hosts(dataRoot);
    const pidFile = textSetting(settings, "pidfile");
    const debug = switchSetting(settings, "debug");
    const level = this.#oneOf("log-level", LOG_LEVELS, "info", "invalid logging level");
    return deepFreeze({
      hosts,
      group: this.#group(),
      tls: this.#tls(hosts),
      insecureLoopbackTcp: switchSetting(settings, "insecure-loopback-tcp"),
      dataRoot,
      registries: this.#registries(),
      proxy: proxyConfig(this.#surroundings.environment),
      buildCacheLimit: this.#checked(checkSize("build-cache-limit", textSetting(settings, "build-cache-limit"))),
      allowInsecureBuilds: switchSetting(settings, "allow-insecure-builds"),
      registryDelete: switchSetting(settings, "registry-delete"),
      pidFile: pidFile === undefined ? undefined : resolve(pidFile),
      labels: this.#checked(checkLabels(listSetting(settings, "label"))),
      shutdownTimeoutMs: this.#shutdownTimeout(),
      debug,
      logLevel: debug ? "debug" : level,
      logFormat: this.#oneOf("log-format", LOG_FORMATS, "text", "invalid log format"),
    });
  }

  #hosts(dataRoot: string): readonly Host[] {
    const settings = this.#settings;
    const given = listSetting(settings, "host");
    const exposure = {
      tls: switchSetting(settings, "tls"),
      tlsverify: switchSetting(settings, "tlsverify"),
      insecureLoopbackTcp: switchSetting(settings, "insecure-loopback-tcp"),
    };
    const context = {
      defaultSocket: this.#places.socketIn(dataRoot),
      tls: exposure.tls || exposure.tlsverify,
      passedDescriptors: passedDescriptors(this.#surroundings),
    };
    if (exposure.tlsverify && exposure.insecureLoopbackTcp) {
      this.mistakes.push("--tlsverify and --insecure-loopback-tcp contradict each other");
    }
    const hosts: Host[] = [];
    for (const text of given.length === 0 ? [""] : given) {
      const parsed = parseHost(text, context);
      if (typeof parsed === "string") this.mistakes.push(parsed);
      else hosts.push(...parsed);
    }
    for (const host of hosts) {
      const mistake = exposureMistake(host, exposure);
      if (mistake !== undefined) this.mistakes.push(mistake);
    }
    return hosts;
  }

  #group(): Config["group"] {
    const name = textSetting(this.#settings, "group");
    if (name !== undefined) return { name, isRequired: true };
    return this.#surroundings.uid === 0 ? { name: "docker", isRequired: false } : undefined;
  }

  #tls(hosts: readonly Host[]): TlsFiles | undefined {
    if (!switchSetting(this.#settings, "tlsverify") || !hosts.some((host) => host.kind === "tcp")) return undefined;
    return {
      ca: this.#tlsFile("tlscacert", "ca.pem"),
      cert: this.#tlsFile("tlscert", "cert.pem"),
      key: this.#tlsFile("tlskey", "key.pem"),
    };
  }

  #tlsFile(flag: string, defaultName: string): string {
    const path = resolve(textSetting(this.#settings, flag) ?? join(this.#places.tlsFolder, defaultName));
    try {
      accessSync(path, constants.R_OK);
    } catch (error) {
      this.mistakes.push(
        `cannot read --${flag} "${path}": ${error instanceof Error ? (error as NodeJS.ErrnoException).code : String(error)}`,
      );
    }
    return path;
  }

  #registries(): RegistryConfig {
    return {
      insecure: this.#checked(checkInsecureRegistries(listSetting(this.#settings, "insecure-registry"))),
      mirrors: this.#checked(checkMirrors(listSetting(this.#settings, "registry-mirror"))),
      maxConcurrentDownloads: this.#count("max-concurrent-downloads", 3, "invalid max concurrent downloads"),
      maxConcurrentUploads: this.#count("max-concurrent-uploads", 5, "invalid max concurrent uploads"),
      maxDownloadAttempts: this.#count("max-download-attempts", 5, "invalid max download attempts"),
      pushCompression: this.#oneOf("push-compression", PUSH_COMPRESSIONS, "gzip", "invalid push compression"),
    };
  }

  /** Zero means the default, as for dockerd. */
  #count(flag: string, byDefault: number, complaint: string): number {
    const value = integerSetting(this.#settings, flag) ?? 0;
    if (value < 0) this.mistakes.push(`${complaint}: ${value}`);
    return value <= 0 ? byDefault : value;
  }

  #shutdownTimeout(): number {
    const seconds = integerSetting(this.#settings, "shutdown-timeout") ?? 15;
    return seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
  }

  #oneOf<T extends string>(flag: string, allowed: readonly T[], byDefault: T, complaint: string): T {
    const given = textSetting(this.#settings, flag);
    if (given === undefined) return byDefault;
    const found = allowed.find((value) => value === given.toLowerCase());
    if (found === undefined) this.mistakes.push(`${complaint}: ${given}, expected ${allowed.join(", ")}`);
    return found ?? byDefault;
  }

  #checked<T>({ value, mistakes }: Checked<T>): T {
    this.mistakes.push(...mistakes);
    return value;
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

/** Either case, as everybody reads them; capitals first, as Go does. */
function proxyConfig(environment: Surroundings["environment"]): ProxyConfig {
  const read = (name: string): string | undefined => environment[name] ?? environment[name.toLowerCase()];
  const [httpProxy, httpsProxy, noProxy] = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].map(read);
  return {
    ...(httpProxy !== undefined && { httpProxy }),
    ...(httpsProxy !== undefined && { httpsProxy }),
    ...(noProxy !== undefined && { noProxy }),
  };
}
