import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { cannotRun } from "../runtime/chains.ts";
import { serveContainers } from "./served-containers.ts";
import type { Json, ServedContainers } from "./served-containers.ts";

describe("looking at containers", { skip: cannotRun() }, () => {
  let api: ServedContainers;
  const ids: Record<string, string> = {};
  before(async () => {
    api = await serveContainers();
    ids["old"] = await api.create("exit 3", { Labels: { a: "1" }, ExposedPorts: { "80/tcp": {} } });
    await api.call(`POST /containers/${ids["old"]}/start`);
    await api.call(`POST /containers/${ids["old"]}/wait`);
    ids["runs"] = await api.run("sleep 1000", { Labels: { a: "2" }, Hostname: "h" }, { Binds: ["/tmp:/mnt:ro"] });
    ids["new"] = await api.create("true", { Healthcheck: { Test: ["CMD", "true"] } }, { Tmpfs: { "/t": "" } });
    for (const [name, id] of Object.entries(ids)) await api.call(`POST /containers/${id}/rename?name=${name}`);
  });
  after(() => api[Symbol.asyncDispose]());

  async function list(query: string): Promise<Json[]> {
    const { status, text } = await api.ask(`GET /containers/json?${query}`);
    assert.equal(status, 200, text);
    return JSON.parse(text) as Json[];
  }

  async function names(query: string): Promise<string[]> {
    return (await list(query)).map((row) => (row["Names"] as string[]).join().slice(1));
  }

  test("the newest come first, those that run alone unless all are asked for", async () => {
    assert.deepEqual(await names(""), ["runs"]);
    assert.deepEqual(await names("all=1"), ["new", "runs", "old"]);
    assert.deepEqual(await names("limit=2"), ["new", "runs"]);
    assert.deepEqual(await names("limit=-1"), ["runs"]);
    assert.equal((await api.ask("GET /containers/json?limit=x")).status, 500);
  });

  test("every filter lets through what it is for", async () => {
    const cases: readonly [filters: Json, found: readonly string[]][] = [
      [{ status: ["exited"] }, ["old"]],
      [{ status: ["running", "created"] }, ["new", "runs"]],
      [{ exited: ["3"] }, ["old"]],
      [{ exited: ["0"] }, []],
      [{ label: ["a"] }, ["runs", "old"]],
      [{ label: ["a=2"] }, ["runs"]],
      [{ name: ["^/ol"] }, ["old"]],
      [{ name: ["n"] }, ["new", "runs"]],
      [{ id: [ids["new"]?.slice(0, 12) ?? ""] }, ["new"]],
      [{ before: ["runs"] }, ["old"]],
      [{ since: ["runs"] }, ["new"]],
      [{ ancestor: ["box:1"] }, ["new", "runs", "old"]],
      [{ ancestor: ["nope"] }, []],
      [{ network: ["none"], label: ["a=1"] }, ["old"]],
      [{ volume: ["/mnt"] }, ["runs"]],
      [{ expose: ["80"] }, ["old"]],
      [{ expose: ["70-90/udp"] }, []],
      [{ publish: ["80"] }, []],
      [{ "is-task": ["true"] }, []],
      [{ isolation: ["x"], label: ["a=1"] }, ["old"]],
    ];
    for (const [filters, found] of cases) {
      assert.deepEqual(await names(`all=1&filters=${encodeURIComponent(JSON.stringify(filters))}`), found, JSON.stringify(filters));
    }
  });

  test("a filter that makes no sense is refused in Docker's words", async () => {
    const number = 'strconv.Atoi: parsing "x": invalid syntax';
    const states = "created, running, paused, restarting, removing, exited, dead";
    const cases: readonly [filters: Json, status: number, message: string][] = [
      [{ exited: ["x"] }, 400, `invalid filter 'exited=x': ${number}`],
      [{ status: ["x"] }, 400, `invalid filter 'status=x': invalid value for state (x): must be one of ${states}`],
      [
        { health: ["x"] },
        400,
        "invalid filter 'health=x': invalid value for health (x): must be one of none, starting, healthy, unhealthy",
      ],
      [{ before: ["x"] }, 404, "No such container: x"],
      [{ "is-task": ["x"] }, 400, "invalid filter 'is-task=[x]'"],
      [{ publish: ["x"] }, 500, 'error while looking up for publish x: strconv.ParseUint: parsing "x": invalid syntax'],
      [{ zz: ["x"] }, 400, "invalid filter 'zz'"],
    ];
    for (const [filters, status, message] of cases) {
      const reply = await api.ask(`GET /containers/json?filters=${encodeURIComponent(JSON.stringify(filters))}`);
      assert.deepEqual([reply.status, reply.text], [status, `${JSON.stringify({ message })}\n`]);
    }
  });

  test("a container shows the name that its image was called by while that stands for it, then its ID", async () => {
    const [row] = await list("all=1&size=1&filters=%7B%22name%22%3A%5B%22old%22%5D%7D");
    assert.deepEqual([row?.["Image"], row?.["Command"], row?.["State"], row?.["Ports"]], ["box:1", "sh -c 'exit 3'", "exited", []]);
    assert.match(String(row?.["Status"]), /^Exited \(3\) .* ago$/);
    assert.ok(Number(row?.["SizeRootFs"]) > 1_000_000);
    await api.call(`POST /images/${String(row?.["ImageID"])}/tag?repo=other&tag=1`);
    await api.call("DELETE /images/box:1");
    const [renamed] = await list("all=1&limit=1");
    assert.equal(renamed?.["Image"], renamed?.["ImageID"]);
    await api.call("POST /images/other:1/tag?repo=box&tag=1");
    await api.call("DELETE /images/other:1");
  });

  test("what inspect says has the members of its version", async () => {
    const inspect = (version: string): Promise<Json> => api.call(`GET /v${version}/containers/runs/json?size=1`);
    const [old, now] = [await inspect("1.47"), await inspect("1.52")];
    const network = (detail: Json): Json => detail["NetworkSettings"] as Json;
    assert.deepEqual(
      [old["GraphDriver"], old["Storage"], old["ImageManifestDescriptor"]],
      [{ Data: null, Name: "overlayfs" }, undefined, undefined],
    );
    assert.deepEqual([now["GraphDriver"], now["Storage"]], [undefined, { RootFS: { Snapshot: { Name: "overlayfs" } } }]);
    assert.equal(typeof (now["ImageManifestDescriptor"] as Json)["digest"], "string");
    assert.deepEqual(["Bridge" in network(old), "Bridge" in network(now)], [true, false]);
    assert.deepEqual(Object.keys(network(now)["Networks"] as Json), ["none"]);
    const { NetworkID, EndpointID } = (network(now)["Networks"] as { none: Json }).none;
    assert.equal(NetworkID, (await api.call("GET /networks/none"))["Id"]);
    assert.match(`${String(EndpointID)} ${String(network(now)["SandboxID"])}`, /^[0-9a-f]{64} [0-9a-f]{64}$/);
    assert.equal(network(now)["SandboxKey"], `/proc/${String((now["State"] as Json)["Pid"])}/ns/net`);
    const mount = { Type: "bind", Source: "/tmp", Destination: "/mnt", Mode: "ro", RW: false, Propagation: "rprivate" };
    assert.deepEqual([now["Mounts"], (now["Config"] as Json)["Hostname"], now["SizeRw"]], [[mount], "h", 0]);
    assert.ok(String(now["HostsPath"]).endsWith(`/${ids["runs"]}/hosts`));
    assert.equal((await api.call("GET /containers/new/json"))["HostsPath"], "");
  });

  test("info, disk usage, networks and images count containers", async () => {
    const info = await api.call("GET /info");
    assert.deepEqual(
      ["Containers", "ContainersRunning", "ContainersPaused", "ContainersStopped"].map((name) => info[name]),
      [3, 1, 0, 2],
    );
    const usage = await api.call("GET /v1.51/system/df");
    assert.deepEqual([(usage["Containers"] as Json[]).length, (usage["Images"] as Json[])[0]?.["Containers"]], [3, 3]);
    const counted = (await api.call("GET /v1.52/system/df?type=container"))["ContainerUsage"] as Json;
    assert.deepEqual([counted["ActiveCount"], counted["TotalCount"]], [1, 3]);
    const [image] = JSON.parse((await api.ask("GET /images/json")).text) as Json[];
    assert.equal(image?.["Containers"], 3);
    const none = await api.call("GET /networks/none");
    assert.deepEqual(Object.keys(none["Containers"] as Json), [ids["runs"]]);
  });

  test("an image that is in use is not removed, and its layers outlive it when it is", async () => {
    const remove = async (query = ""): Promise<string> => (await api.ask(`DELETE /images/box:1${query}`)).text;
    assert.match(
      await remove(),
      /conflict: unable to remove repository reference \\"box:1\\" \(must force\) - container [0-9a-f]{12} is using/,
    );
    const { text } = await api.ask(`POST /images/prune?filters=${encodeURIComponent('{"dangling":["false"]}')}`);
    assert.equal((JSON.parse(text) as Json)["ImagesDeleted"], null);
    await api.call("DELETE /containers/runs?force=1");
    assert.match(await remove("?force=1"), /"Deleted":"sha256:/);
    await api.call("POST /containers/old/start");
    assert.equal((await api.ask("POST /containers/old/wait")).text, '{"StatusCode":3}\n');
    const pruned = await api.call("POST /containers/prune");
    assert.deepEqual(new Set(pruned["ContainersDeleted"] as string[]), new Set([ids["old"], ids["new"]]));
  });
});
