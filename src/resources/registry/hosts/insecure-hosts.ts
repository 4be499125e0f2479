import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { invalidArgument } from "#errors";

const LOOPBACK = ["127.0.0.0/8", "::1/128"];
const LOOKUP_LIFE_MS = 60_000;

/** Which hosts may be spoken to without a verified certificate: named ones, and those whose address lies in a listed network. */
export class InsecureHosts {
  readonly #names: ReadonlySet<string>;
  readonly #networks = new BlockList();
  readonly #now: () => number;
  readonly #resolved = new Map<string, { readonly isInside: Promise<boolean>; readonly until: number }>();

  /** @throws invalid-argument naming the entry that is neither a name nor a network. */
  constructor(entries: readonly string[], now: () => number) {
    this.#now = now;
    const names: string[] = [];
    for (const entry of [...LOOPBACK, ...entries]) {
      const text = entry.trim().replace(/^https?:\/\//i, "");
      if (text.includes("://")) throw invalidArgument(`insecure registry ${entry} should not contain '://'`);
      if (text.includes("/")) this.#addNetwork(text);
      else names.push(nameOf(text, entry));
    }
    this.#names = new Set(names);
  }

  /**
   * `host` is `name[:port]`. A name that cannot be looked up is where it was the last time that it could, else in no network;
   * the next who asks looks it up again.
   */
  async has(host: string): Promise<boolean> {
    if (this.#names.has(host.toLowerCase())) return true;
    const name = bareName(host);
    if (this.#names.has(name) && !/:\d+$/.test(host)) return true;
    if (isIP(name) !== 0) return this.#isInside(name);
    const known = this.#resolved.get(name);
    if (known !== undefined && known.until > this.#now()) return known.isInside;
    const isInside = this.#lookUp(name, known?.isInside);
    this.#resolved.set(name, { isInside, until: this.#now() + LOOKUP_LIFE_MS });
    return isInside;
  }

  async #lookUp(name: string, before: Promise<boolean> | undefined): Promise<boolean> {
    try {
      const addresses = await lookup(name, { all: true });
      return addresses.some(({ address }) => this.#isInside(address));
    } catch {
      if (before === undefined) this.#resolved.delete(name);
      else this.#resolved.set(name, { isInside: before, until: this.#now() });
      return (await before) ?? false;
    }
  }

  #isInside(address: string): boolean {
    return this.#networks.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  }

  #addNetwork(text: string): void {
    const [network = "", prefix = ""] = text.split("/");
    const family = isIP(network);
    const isPrefix = /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
    if (family === 0 || !isPrefix) throw invalidArgument(`insecure registry ${text} is not valid: expected host[:port] or a CIDR`);
    this.#networks.addSubnet(network, Number(prefix), family === 4 ? "ipv4" : "ipv6");
  }
}

/** Without port and brackets, in lower case. */
export function bareName(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d+$/, "")
    .replace(/^\[|\]$/g, "");
}

function nameOf(text: string, entry: string): string {
  if (!/^(?:[a-z0-9]+(?:[.-]+[a-z0-9]+)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/i.test(text)) {
    throw invalidArgument(`insecure registry ${entry} is not valid: expected host[:port] or a CIDR`);
  }
  return text.toLowerCase();
}
