import { invalidArgument } from "#errors";
import type { Platform } from "#oci";
import { jsonMembers, parseJson, stringMember, stringsMember } from "./go-json.ts";

const SOURCE = { prefix: "failed to parse platform", goType: "v1.Platform" };

/**
 * Reads the JSON form of a platform, as inspect, history, push, save, load and delete take it; pull and build
 * take a specifier. The value is as the client spelled it.
 *
 * @throws invalid-argument in Docker's words.
 */
export function parsePlatformJson(text: string): Platform {
  const members = jsonMembers(parseJson(text, SOURCE.prefix), SOURCE);
  const os = stringMember(members, "os", SOURCE);
  const architecture = stringMember(members, "architecture", SOURCE);
  const variant = stringMember(members, "variant", SOURCE);
  const osVersion = stringMember(members, "os.version", SOURCE);
  const osFeatures = stringsMember(members, "os.features", SOURCE);
  if (os === "" && architecture === "" && (variant !== "" || osVersion !== "" || osFeatures.length > 0)) {
    throw invalidArgument("optional platform fields provided, but OS and Architecture are missing");
  }
  if (os === "" || architecture === "") throw invalidArgument("both OS and Architecture must be provided");
  return Object.freeze({
    os,
    architecture,
    ...(variant !== "" && { variant }),
    ...(osVersion !== "" && { "os.version": osVersion }),
    ...(osFeatures.length > 0 && { "os.features": osFeatures }),
  });
}
