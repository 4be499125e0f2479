import { join } from "node:path";
import type { GitAccess } from "./access.ts";

/** What git learns besides its arguments: by the environment, because arguments are for everybody to see. */
export interface GitSetting {
  /** For `HOME`: a directory without anything of ours or the user's. */
  readonly home: string;
  readonly repository: string;
  /** URL of the guard that all HTTP goes through, with its password. */
  readonly proxy: string;
  /** Absent for a command that stays here. */
  readonly access?: GitAccess | undefined;
}

/** A repository by https cannot send us to http. */
const TRANSPORTS: Readonly<Record<GitAccess["scheme"], string>> = { https: "https", http: "https:http", git: "git", ssh: "ssh" };

/** Of the user's nothing: `ssh` finds its files by the account, whatever `HOME` says. */
const SSH_OPTIONS = [
  "BatchMode=yes",
  "StrictHostKeyChecking=yes",
  "UserKnownHostsFile=none",
  "IdentityFile=none",
  "ForwardAgent=no",
  "ClearAllForwardings=yes",
  "PermitLocalCommand=no",
  "ConnectTimeout=30",
];
const SSH = `ssh -F none ${SSH_OPTIONS.map((option) => `-o ${option}`).join(" ")}`;

/** The environment of every git that runs; nothing of ours is inherited. */
export function gitEnvironment(setting: GitSetting): Record<string, string> {
  const { access } = setting;
  const config = gitConfig(setting);
  const pairs = config.flatMap(([key, value], index): [string, string][] => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    HOME: setting.home,
    XDG_CONFIG_HOME: join(setting.home, "config"),
    GIT_DIR: setting.repository,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    SSH_ASKPASS: "",
    GIT_ALLOW_PROTOCOL: access === undefined ? "none" : TRANSPORTS[access.scheme],
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_SSH_COMMAND: SSH,
    GIT_SSH_VARIANT: "ssh",
    ...(access?.sshAgent !== undefined && { SSH_AUTH_SOCK: access.sshAgent }),
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(pairs),
  };
}

function gitConfig({ proxy, access }: GitSetting): readonly (readonly [key: string, value: string])[] {
  const authorization = access?.authorization;
  const config: [string, string][] = [
    ["core.hooksPath", "/dev/null"],
    ["core.fsmonitor", "false"],
    // Larger files are streamed instead of being read into memory.
    ["core.bigFileThreshold", "16m"],
    ["credential.helper", ""],
    ["gc.auto", "0"],
    ["maintenance.auto", "false"],
    // One pack instead of as many files as there are objects.
    ["fetch.unpackLimit", "1"],
    ["fetch.recurseSubmodules", "false"],
    ["transfer.bundleURI", "false"],
    ["http.proxy", proxy],
    ["http.lowSpeedLimit", "1"],
    ["http.lowSpeedTime", "60"],
    // git would take the header along to where it is redirected.
    ["http.followRedirects", authorization === undefined ? "initial" : "false"],
  ];
  if (authorization !== undefined) {
    const { origin, username, password } = authorization;
    const basic = Buffer.from(`${username}:${password}`).toString("base64");
    config.push([`http.${origin}/.extraHeader`, `Authorization: Basic ${basic}`]);
  }
  return config;
}
