import { invalidArgument } from "#errors";

/** Ports of one protocol, both ends included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
  readonly protocol: string;
}

const PROTOCOLS: ReadonlySet<string> = new Set(["tcp", "udp", "sctp"]);
const IPV4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/;

/**
 * Reads `[[ip:]host:]container[/protocol]`, each port a number or a range. Only the container's side has a meaning in
 * an image, but the others are checked, in Docker's words and order.
 */
export function parsePortRange(text: string): PortRange {
  const parts = text.split(":");
  const container = parts.pop() ?? "";
  const host = parts.pop() ?? "";
  const { port, protocol } = splitProtocol(container);
  checkAddress(parts.join(":"));
  if (port === "") throw invalidArgument(`No port specified: ${text}<empty>`);
  const ports = parseNumbers(port);
  if (ports === undefined) throw invalidArgument(`Invalid containerPort: ${port}`);
  if (host !== "") checkHostPorts(host, port, ports);
  if (!PROTOCOLS.has(protocol.toLowerCase())) throw invalidArgument(`Invalid proto: ${protocol}`);
  return { first: ports[0], last: ports[1], protocol: protocol.toLowerCase() };
}

function splitProtocol(text: string): { readonly port: string; readonly protocol: string } {
  const [port = "", protocol = ""] = text.split("/");
  return { port, protocol: protocol === "" ? "tcp" : protocol };
}

function checkHostPorts(host: string, port: string, [first, last]: readonly [number, number]): void {
  const ports = parseNumbers(host);
  if (ports === undefined) throw invalidArgument(`Invalid hostPort: ${host}`);
  // A range of host ports may stand for one container port: Docker picks a free one.
  if (first !== last && last - first !== ports[1] - ports[0]) {
    throw invalidArgument(`Invalid ranges specified for container and host Ports: ${port} and ${host}`);
  }
}

function parseNumbers(text: string): readonly [first: number, last: number] | undefined {
  const [first = "", last = first] = text.split("-");
  if (!isPort(first) || !isPort(last) || Number(last) < Number(first)) return undefined;
  return [Number(first), Number(last)];
}

function isPort(text: string): boolean {
  return /^[0-9]+$/.test(text) && Number(text) <= 65535;
}

function checkAddress(text: string): void {
  if (text === "") return;
  const address = unbracket(text);
  const isAddress = IPV4.test(address) || (/^[0-9a-fA-F:.]+$/.test(address) && URL.canParse(`http://[${address}]/`));
  if (address !== "" && !isAddress) throw invalidArgument(`Invalid ip address: ${address}`);
}

/** As Go's `net.SplitHostPort` reads `text:`, including its complaints. */
function unbracket(text: string): string {
  const refuse = (reason: string) => invalidArgument(`Invalid ip address ${text}: address ${text}:: ${reason}`);
  if (!text.startsWith("[")) {
    if (text.includes(":")) throw refuse("too many colons in address");
    if (text.includes("[")) throw refuse("unexpected '[' in address");
    if (text.includes("]")) throw refuse("unexpected ']' in address");
    return text;
  }
  const end = text.indexOf("]");
  if (end === -1) throw refuse("missing ']' in address");
  if (end !== text.length - 1) throw refuse(text.charAt(end + 1) === ":" ? "too many colons in address" : "missing port in address");
  if (text.includes("[", 1)) throw refuse("unexpected '[' in address");
  return text.slice(1, end);
}

/** All ports of all protocols; ranges that overlap beyond all measure exist only to exhaust us. */
const MAX_PORTS = PROTOCOLS.size * 65_536;

/** `port/protocol` for every port that the words stand for, in their order: one that is named twice comes twice. */
export function expandPorts(words: readonly string[]): readonly string[] {
  const ranges = words.map(parsePortRange);
  const count = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  if (count > MAX_PORTS) throw invalidArgument(`cannot expose ${count} ports, expected at most ${MAX_PORTS}`);
  return ranges.flatMap(({ first, last, protocol }) =>
    Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`),
  );
}
