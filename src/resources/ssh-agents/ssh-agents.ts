import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { MemoryFolder } from "#disk";
import { internal, invalidArgument, isEngineError, unavailable } from "#errors";
import { startProgram } from "#programs";

const PACKAGE = "openssh-client";
const START_LIMIT_MS = 5000;
const LOOK_EVERY_MS = 5;

/** An agent that holds one key. */
export interface RunningAgent extends AsyncDisposable {
  /** On the machine. */
  readonly socket: string;
}

export class SshAgents implements AsyncDisposable {
  readonly #folder: MemoryFolder;
  #nextId = 1;

  private constructor(folder: MemoryFolder) {
    this.#folder = folder;
  }

  /** Agents of an earlier process have ended with it; their sockets go now. */
  static async open(dataRoot: string): Promise<SshAgents> {
    const folder = new MemoryFolder(join(dataRoot, "agents"), "agents");
    await folder[Symbol.asyncDispose]();
    return new SshAgents(folder);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#folder[Symbol.asyncDispose]();
  }

  /**
   * Starts an agent with a private key, as files hold it (OpenSSH or PEM), without a passphrase.
   *
   * @throws invalid-argument for what is no such key; unavailable without OpenSSH.
   */
  async start(key: Uint8Array): Promise<RunningAgent> {
    const socket = join(await this.#folder.path(), `agent-${this.#nextId++}`);
    // Whatever ends the engine ends the agent.
    const command = ["--pdeathsig", "KILL", "ssh-agent", "-D", "-a", socket];
    const agent = startProgram("setpriv", command, { package: "util-linux", stdio: ["ignore", "ignore", "pipe"] });
    const stop = async (): Promise<void> => {
      agent.kill();
      await agent.exitCode;
    };
    agent.done.catch(() => undefined);
    try {
      await appears(socket, agent.exitCode);
      await addKey(socket, key);
    } catch (error) {
      await stop();
      throw error;
    }
    return { socket, [Symbol.asyncDispose]: stop };
  }
}

async function appears(socket: string, exitCode: Promise<number>): Promise<void> {
  let hasEnded = false;
  // Without `setpriv` this throws, and says what to install.
  const ended = exitCode.then(() => (hasEnded = true));
  for (let waited = 0; !existsSync(socket); waited += LOOK_EVERY_MS) {
    if (hasEnded) throw unavailable(`cannot start an SSH agent: install the package ${PACKAGE}`);
    if (waited > START_LIMIT_MS) throw internal("cannot start an SSH agent: it makes no socket");
    await Promise.race([ended, pause(LOOK_EVERY_MS)]);
  }
}

/** The key goes through a pipe; a question for its passphrase has nobody to answer it. */
async function addKey(socket: string, key: Uint8Array): Promise<void> {
  const environment = { SSH_AUTH_SOCK: socket, SSH_ASKPASS_REQUIRE: "never" };
  const { child, done } = startProgram("ssh-add", ["-q", "-"], { package: PACKAGE, environment, stdio: ["pipe", "ignore", "pipe"] });
  // A program that refuses early breaks the pipe, and says more than that.
  child.stdin?.on("error", () => undefined).end(Buffer.concat([key, Buffer.from("\n")]));
  try {
    await done;
  } catch (error) {
    if (!isEngineError(error, "internal")) throw error;
    throw invalidArgument("cannot use the SSH key: expected a private key without a passphrase, in OpenSSH's form or PEM");
  }
}
