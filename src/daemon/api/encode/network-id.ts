import { digestOf, hexOf } from "#oci";

/** Of a network that every engine has from the beginning. */
export function networkIdOf(name: string): string {
  return hexOf(digestOf(`slipway network ${name}`));
}
