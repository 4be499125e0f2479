import { existsSync } from "node:fs";
import { join } from "node:path";

/** Who runs the engine and what surrounds the process; given by `main` so that tests may choose. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  readonly pid: number;
  readonly home: string;
}

/** Where things are unless a flag or the file says otherwise. */
export interface Places {
  readonly dataRoot: string;
  readonly configFile: string;
  readonly tlsFolder: string;
  readonly socketIn: (dataRoot: string) => string;
}

/** A root engine lives in the system's folders, an ordinary user's in the XDG folders. */
export function defaultPlaces({ environment, uid, home }: Surroundings): Places {
  const tlsFolder = join(home, ".docker");
  if (uid === 0) {
    return {
      dataRoot: "/var/lib/slipway",
      configFile: "/etc/slipway/daemon.json",
      tlsFolder,
      socketIn: () => "/run/slipway/slipway.sock",
    };
  }
  const runtimeFolder = xdg("XDG_RUNTIME_DIR") ?? [`/run/user/${uid}`].find((folder) => existsSync(folder));
  return {
    dataRoot: join(xdg("XDG_DATA_HOME") ?? join(home, ".local/share"), "slipway"),
    configFile: join(xdg("XDG_CONFIG_HOME") ?? join(home, ".config"), "slipway/daemon.json"),
    tlsFolder,
    // Without a login session there is no folder for sockets that others cannot tamper with, except our own.
    socketIn: (dataRoot) => (runtimeFolder === undefined ? join(dataRoot, "slipway.sock") : join(runtimeFolder, "slipway/slipway.sock")),
  };

  /** The XDG specification tells to ignore relative paths. */
  function xdg(name: string): string | undefined {
    const value = environment[name];
    return value?.startsWith("/") === true ? value : undefined;
  }
}

/** The first descriptor of the systemd protocol; 0 to 2 are the standard streams. */
const FIRST_PASSED = 3;

/** Sockets passed by systemd (`sd_listen_fds(3)`), if they are meant for this process and not for its parent. */
export function passedDescriptors({ environment, pid }: Surroundings): readonly number[] {
  if (environment["LISTEN_PID"] !== String(pid)) return [];
  const count = Number(environment["LISTEN_FDS"] ?? "0");
  if (!Number.isInteger(count) || count < 0 || count > 64) return [];
  return Array.from({ length: count }, (_, index) => FIRST_PASSED + index);
}
