import { lookup as resolve } from "node:dns";
import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";

export interface LookupRules {
  readonly allows: (address: string) => boolean;
  /** The error for a name all of whose addresses are refused. */
  readonly refusal: (address: string) => Error;
}

/** For `lookup` of a connection: what is checked is what is connected to, and a name cannot change its address in between. */
export function guardedLookup({ allows, refusal }: LookupRules): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, []);
      const allowed = addresses.filter(({ address }) => allows(address));
      const [first] = allowed;
      if (first === undefined) return callback(refusal(addresses[0]?.address ?? hostname), []);
      if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
