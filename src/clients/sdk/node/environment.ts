import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** What the surroundings of the process say about the engine to speak with. */
export interface Surroundings {
  /** `DOCKER_HOST`, else where Slipway's daemon of this user listens. */
  readonly host: string;
  /** `DOCKER_CERT_PATH`, else `~/.docker`, when `DOCKER_TLS_VERIFY` asks for TLS. */
  readonly certificateFolder: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The one place that looks at environment variables; an empty one counts as not set. */
export function readSurroundings(environment: Environment = process.env, uid = process.getuid?.() ?? 0): Surroundings {
  const certificateFolder = environment["DOCKER_CERT_PATH"] || join(homedir(), ".docker");
  return {
    host: environment["DOCKER_HOST"] || `unix://${defaultSocket(environment, uid)}`,
    certificateFolder: environment["DOCKER_TLS_VERIFY"] ? certificateFolder : undefined,
  };
}

/** As the daemon chooses: the system's folder for root, the user's own for everybody else. */
function defaultSocket(environment: Environment, uid: number): string {
  if (uid === 0) return "/run/slipway/slipway.sock";
  const absolute = (name: string): string | undefined => (environment[name]?.startsWith("/") === true ? environment[name] : undefined);
  const runtimeFolder = absolute("XDG_RUNTIME_DIR") ?? [`/run/user/${uid}`].find((folder) => existsSync(folder));
  if (runtimeFolder !== undefined) return join(runtimeFolder, "slipway/slipway.sock");
  return join(absolute("XDG_DATA_HOME") ?? join(homedir(), ".local/share"), "slipway/slipway.sock");
}
