import { forbidden, invalidArgument, notFound } from "#errors";
import { filterValues, matchesExactly, matchesLabels } from "#wire";
import type { Filters, NetworkJson } from "#wire";
import { notServed } from "./absent.ts";
import { json } from "../http/answer.ts";
import type { WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { networkIdOf } from "../encode/network-id.ts";

/** Docker has these three from the beginning; there are no others yet. */
const DRIVERS = { bridge: "bridge", host: "host", none: "null" } as const;

type Name = keyof typeof DRIVERS;

const NAMES: readonly Name[] = ["bridge", "host", "none"];
const FILTERS: ReadonlySet<string> = new Set(["dangling", "driver", "id", "label", "name", "scope", "type"]);

export function listNetworks({ parameters }: Call): WholeAnswer {
  const filters = parameters.filters(FILTERS);
  checkTypes(filters);
  const networks = NAMES.map(networkOf);
  return json(networks.filter((network) => isWanted(network, filters)));
}

export async function inspectNetwork({ api, name: words }: Call): Promise<WholeAnswer> {
  const network = findNetwork(words);
  const running = await api.engine.containers.list();
  const inside = running.filter(({ record }) => record.endpoints.some((endpoint) => endpoint.network === network.Name));
  const members = inside.map(({ record: { id, name } }) => [id, { Name: name, ...NO_ADDRESS }] as const);
  return json({ ...network, Containers: Object.fromEntries(members) });
}

/** A container has the network that it was made with. */
export function changeNetwork({ api, name: words }: Call): never {
  const { Name: name } = findNetwork(words);
  throw notServed(
    api,
    `connecting containers to the network ${name}, or disconnecting them,`,
    "a container keeps the network it was made with",
  );
}

export function removeNetwork({ name: words }: Call): never {
  const { Name: name } = findNetwork(words);
  throw forbidden(`${name} is a pre-defined network and cannot be removed`);
}

const NO_ADDRESS = { EndpointID: "", MacAddress: "", IPv4Address: "", IPv6Address: "" };

/** The private network is every container's own: in each the same addresses are given out. */
const PRIVATE = [{ Subnet: "10.0.2.0/24", Gateway: "10.0.2.2" }];

function networkOf(name: Name): NetworkJson {
  return {
    Name: name,
    Id: networkIdOf(name),
    Created: "0001-01-01T00:00:00Z",
    Scope: "local",
    Driver: DRIVERS[name],
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: { Driver: "default", Options: null, Config: name === "bridge" ? PRIVATE : null },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: {},
    Options: {},
    Labels: {},
  };
}

function findNetwork(words: string): NetworkJson {
  const networks = NAMES.map(networkOf);
  const found =
    networks.find(({ Name: name, Id: id }) => words === name || words === id) ??
    networks.find(({ Id: id }) => words !== "" && id.startsWith(words));
  if (found === undefined) throw notFound(`network ${words} not found`);
  return found;
}

function checkTypes(filters: Filters): void {
  for (const type of filterValues(filters, "type") ?? []) {
    if (type !== "builtin" && type !== "custom") throw invalidArgument(`invalid filter: 'type'='${type}'`);
  }
  for (const text of filterValues(filters, "dangling") ?? []) {
    if (["true", "1", "false", "0"].includes(text)) continue;
    throw invalidArgument(`invalid value for filter 'dangling', must be "true" (or "1"), or "false" (or "0")`);
  }
}

/** A network that is there from the beginning never dangles. */
function isWanted({ Name: name, Id: id, Driver: driver, Scope: scope }: NetworkJson, filters: Filters): boolean {
  const part = (key: string, text: string): boolean => (filterValues(filters, key) ?? [text]).some((value) => text.includes(value));
  const dangling = filterValues(filters, "dangling") ?? [];
  return (
    part("name", name) &&
    part("id", id) &&
    matchesExactly(filters, "driver", driver) &&
    matchesExactly(filters, "scope", scope) &&
    matchesExactly(filters, "type", "builtin") &&
    matchesLabels(filters, "label", {}) &&
    !dangling.some((text) => text === "true" || text === "1")
  );
}
