import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { cannotRun } from "../runtime/chains.ts";
import { serveContainers } from "./served-containers.ts";
import type { Json, ServedContainers } from "./served-containers.ts";

const FIELD = "invalid JSON: json: cannot unmarshal";
const BIND = 'invalid mount config for type "bind":';
const ADDRESSES = "invalid config for network bridge: invalid endpoint settings:";
const SHAPE = "conflicting options:";
const PERIOD = "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)";

/** What the reference engine 28.5 says to a `HostConfig`, and with which status. */
const HOST_REFUSED: readonly [host: Json, status: number, message: string][] = [
  [{ Memory: "x" }, 400, `${FIELD} string into Go struct field .HostConfig.Memory of type int64`],
  [{ Memory: 1.5 }, 400, `${FIELD} number 1.5 into Go struct field .HostConfig.Memory of type int64`],
  [{ BlkioWeight: 70000 }, 400, `${FIELD} number 70000 into Go struct field .HostConfig.BlkioWeight of type uint16`],
  [{ Mounts: [{ Type: 1 }] }, 400, `${FIELD} number into Go struct field .HostConfig.Mounts.0.Type of type mount.Type`],
  [
    { PortBindings: { "80/tcp": [{ HostPort: 80 }] } },
    400,
    `${FIELD} number into Go struct field .HostConfig.PortBindings.80~1tcp.0.HostPort of type string`,
  ],
  [{ Memory: 1000 }, 400, "Minimum memory limit allowed is 6MB"],
  [{ Memory: 6291456, MemorySwap: 1 }, 400, "Minimum memoryswap limit should be larger than memory limit, see usage"],
  [{ MemorySwap: 10000000 }, 400, "You should always set the Memory limit when using Memoryswap limit, see usage"],
  [{ MemorySwappiness: 101 }, 400, "Invalid value: 101, valid memory swappiness range is 0-100"],
  [{ MemoryReservation: 1000 }, 400, "Minimum memory reservation allowed is 6MB"],
  [{ NanoCpus: 1000000, CpuQuota: 1000 }, 400, "Conflicting options: Nano CPUs and CPU Quota cannot both be set"],
  [{ CpuPeriod: 10 }, 400, PERIOD],
  [{ CpuQuota: 10 }, 400, "CPU cfs quota can not be less than 1ms (i.e. 1000)"],
  [{ CpuShares: -1 }, 400, "invalid CPU shares (-1): value must be a positive integer"],
  [{ CpusetCpus: "0-x" }, 400, "Invalid value 0-x for cpuset cpus: invalid format: 0-x"],
  [{ OomScoreAdj: 2000 }, 400, "Invalid value 2000, range for oom score adj is [-1000, 1000]"],
  [{ Runtime: "x" }, 400, "unknown or invalid runtime name: x"],
  [{ Isolation: "process" }, 400, "invalid isolation (process): linux only supports 'default'"],
  [{ IpcMode: "container:nope" }, 400, "No such container: nope"],
  [{ PidMode: "container:" }, 400, "invalid PID mode: container:"],
  [
    { RestartPolicy: { Name: "always", MaximumRetryCount: 2 } },
    400,
    "invalid restart policy: maximum retry count can only be used with 'on-failure'",
  ],
  [{ RestartPolicy: { Name: "always" }, AutoRemove: true }, 400, "can't create 'AutoRemove' container with restart policy"],
  [{ LogConfig: { Type: "x" } }, 400, 'error looking up logging plugin x: plugin "x" not found'],
  [{ ExtraHosts: ["x"] }, 400, 'bad format for add-host: "x"'],
  [{ ExtraHosts: ["x:1.2.3"] }, 400, 'invalid IP address in add-host: "1.2.3"'],
  [{ CapAdd: ["X"] }, 400, 'invalid CapAdd: unknown capability: "CAP_X"'],
  [{ SecurityOpt: ["x=y"] }, 500, 'invalid --security-opt 2: "x=y"'],
  [{ PortBindings: { x: [] } }, 400, 'invalid port specification: "x"'],
  [{ Annotations: { "": "x" } }, 400, "invalid Annotations: the empty string is not permitted as an annotation key"],
  [{ Binds: ["/tmp:/x:zz"] }, 500, "invalid mode: zz"],
  [{ Binds: [":/x"] }, 500, "invalid volume specification: ':/x'"],
  [{ Binds: ["/tmp:/x", "/var:/x/"] }, 400, "Duplicate mount point: /x"],
  [{ Binds: ["/tmp:/x"], Tmpfs: { "/x": "" } }, 400, "Duplicate mount point: /x"],
  [{ Mounts: [{ Type: "bind", Source: "/nope-c", Target: "/x" }] }, 400, `${BIND} bind source path does not exist: /nope-c`],
  [{ Mounts: [{ Type: "bind", Source: "/tmp" }] }, 400, `${BIND} field Target must not be empty`],
  [{ Mounts: [{ Type: "zz", Target: "/x" }] }, 400, 'invalid mount config for type "zz": mount type unknown'],
  [{ Tmpfs: { "/": "" } }, 400, "invalid specification: destination can't be '/'"],
  [{ NetworkMode: "container:" }, 400, "invalid network mode: invalid container format container:<name|id>"],
  [{ NetworkMode: "container:x", Dns: ["1.1.1.1"] }, 400, `${SHAPE} dns and the network mode`],
];

/** The same of everything else. */
const CONFIG_REFUSED: readonly [config: Json, status: number, message: string][] = [
  [{ Image: "nope" }, 404, "No such image: nope:latest"],
  [{ Image: "no pe" }, 400, "invalid reference format"],
  [{ Image: "box:1", Cmd: null }, 400, "no command specified"],
  [{ Image: "box:1", Cmd: [1] }, 400, `${FIELD} array into Go value of type string`],
  [{ Env: [1] }, 400, `${FIELD} number into .Env.0 of type string`],
  [{ Env: ["=x"] }, 400, "invalid environment variable: =x"],
  [{ WorkingDir: "x" }, 400, "the working directory 'x' is invalid, it needs to be an absolute path"],
  [{ StopSignal: "X" }, 400, "invalid signal: X"],
  [{ Healthcheck: { Interval: 1 } }, 400, "Interval in Healthcheck cannot be less than 1ms"],
  [{ MacAddress: "x" }, 400, "invalid config for network bridge: invalid MAC address x"],
  [{ Hostname: "h", HostConfig: { NetworkMode: "container:x" } }, 400, `${SHAPE} hostname and the network mode`],
  [
    { NetworkingConfig: { EndpointsConfig: { bridge: { IPAMConfig: { IPv4Address: "10.0.0.1" } } } } },
    400,
    `${ADDRESSES}\nuser specified IP address is supported on user defined networks only`,
  ],
  [
    {
      HostConfig: { NetworkMode: "none" },
      NetworkingConfig: { EndpointsConfig: { none: { IPAMConfig: { IPv4Address: "10.0.0.1" } } } },
    },
    400,
    `${ADDRESSES.replace("bridge", "none")}
* user specified IP address is supported on user defined networks only
* user specified IP address is supported only when connecting to networks with user configured subnets`,
  ],
];

/** Docker has these. */
const NOT_SERVED: readonly [host: Json, message: RegExp][] = [
  [{ PortBindings: { "80/tcp": [{ HostPort: "80" }] } }, /^publishing ports is not implemented by slipway: /],
  [{ PublishAllPorts: true }, /^publishing ports is not implemented by slipway: /],
  [{ Binds: ["kept:/x"] }, /^the volume "kept" is not implemented by slipway: /],
  [{ Mounts: [{ Type: "image", Source: "box:1", Target: "/x" }] }, /^mounting images is not implemented by slipway: /],
  [{ VolumeDriver: "nfs", Binds: ["/x"] }, /^the volume driver "nfs" is not implemented by slipway: /],
  [{ LogConfig: { Type: "syslog" } }, /^the log driver "syslog" is not implemented by slipway: /],
  [{ Links: ["a:b"] }, /^linking containers is not implemented by slipway: /],
  [{ DeviceRequests: [{ Count: -1, Capabilities: [["gpu"]] }] }, /^asking for devices by what they can do is not implemented by slipway: /],
  [{ RestartPolicy: { Name: "always" } }, /^the restart policy "always" is not implemented by slipway: /],
];

describe("POST /containers/create", { skip: cannotRun() }, () => {
  let api: ServedContainers;
  before(async () => (api = await serveContainers()));
  after(() => api[Symbol.asyncDispose]());

  async function refused(body: Json): Promise<readonly [number, unknown]> {
    const headers = { "Content-Type": "application/json" };
    const reply = await api.ask("POST /containers/create?name=refused", {
      body: JSON.stringify({ Image: "box:1", Cmd: ["true"], ...body }),
      headers,
    });
    return [reply.status, (JSON.parse(reply.text) as Json)["message"]];
  }

  test("what cannot be is refused in Docker's words, and leaves nothing", async () => {
    for (const [host, status, message] of HOST_REFUSED) assert.deepEqual(await refused({ HostConfig: host }), [status, message]);
    for (const [config, status, message] of CONFIG_REFUSED) assert.deepEqual(await refused(config), [status, message]);
    assert.equal((await api.ask("GET /containers/json?all=1")).text, "[]\n");
  });

  test("what Docker has and we do not yet is refused by name", async () => {
    for (const [host, message] of NOT_SERVED) {
      const [status, text] = await refused({ HostConfig: host });
      assert.equal(status, 501);
      assert.match(String(text), message);
    }
  });

  test("names belong to one container, have no slash, and are given when none is wished for", async () => {
    for (const name of ["-bad", "a", "a%20b", "//x", "x/y"]) {
      const { status, text } = await api.ask(`POST /containers/create?name=${name}`, json({ Image: "box:1", Cmd: ["true"] }));
      const shown = decodeURIComponent(name);
      assert.deepEqual([status, text], [400, error(`Invalid container name (${shown}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`)]);
    }
    const made = await api.call("POST /containers/create?name=/first", { body: { Image: "box:1", Cmd: ["true"] }, status: 201 });
    const again = await api.ask("POST /containers/create?name=first", json({ Image: "box:1", Cmd: ["true"] }));
    const advice = "You have to remove (or rename) that container to be able to reuse that name.";
    assert.deepEqual(
      [again.status, again.text],
      [409, error(`Conflict. The container name "/first" is already in use by container "${String(made["Id"])}". ${advice}`)],
    );
    const nameless = await api.create("true");
    const found = await api.call(`GET /containers/${nameless.slice(0, 12)}/json`);
    assert.match(String(found["Name"]), /^\/[a-z]+_[a-z]+$/);
    assert.equal((await api.call("GET /containers/first/json"))["Id"], made["Id"]);
    for (const id of [nameless, String(made["Id"])]) await api.call(`DELETE /containers/${id}`);
  });

  test("of two who want one name at once, one gets it", async () => {
    const body = json({ Image: "box:1", Cmd: ["true"] });
    const replies = await Promise.all(Array.from({ length: 5 }, () => api.ask("POST /containers/create?name=wanted", body)));
    assert.deepEqual(
      replies.map(({ status }) => status).toSorted((a, b) => a - b),
      [201, 409, 409, 409, 409],
    );
    await api.call("DELETE /containers/wanted");
  });

  test("a command is entrypoint and arguments, and one line of the list", async () => {
    const id = await api.create("true", { Cmd: ["x", "y z"], Entrypoint: ["e"] });
    const detail = await api.call(`GET /containers/${id}/json`);
    assert.deepEqual([detail["Path"], detail["Args"]], ["e", ["x", "y z"]]);
    const [row] = JSON.parse((await api.ask("GET /containers/json?limit=1")).text) as Json[];
    assert.equal(row?.["Command"], "e x 'y z'");
    await api.call(`DELETE /containers/${id}`);
  });
});

function json(value: Json): { readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  return { body: JSON.stringify(value), headers: { "Content-Type": "application/json" } };
}

function error(message: string): string {
  return `${JSON.stringify({ message })}\n`;
}
