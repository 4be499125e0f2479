import { invalidArgument } from "#errors";
import { parseGoBoolean } from "../values/booleans.ts";
import { parseCsvLine } from "../values/csv-line.ts";
import type { RunDevice } from "./instruction.ts";

/** `vendor/class=name[,required]`, or the name as `name=…` anywhere. Whether such a device exists is for later. */
export function parseRunDevice(text: string): RunDevice {
  let name: string | undefined;
  let isRequired = false;
  for (const [index, field] of parseCsvLine(text, "devices").entries()) {
    const equals = field.indexOf("=");
    const key = (equals === -1 ? field : field.slice(0, equals)).toLowerCase();
    if (key === "required") {
      isRequired = equals === -1 ? true : toBoolean(field.slice(equals + 1));
    } else if (key === "name" && equals !== -1) {
      if (name !== undefined) throw invalidArgument(`device name already set to ${name}`);
      name = field.slice(equals + 1);
    } else if (index === 0) {
      name = field;
    } else {
      throw invalidArgument(equals === -1 ? `invalid field '${field}' must be a key=value pair` : `unexpected key '${key}' in '${field}'`);
    }
  }
  return { name: name ?? "", isRequired };
}

function toBoolean(value: string): boolean {
  const boolean = parseGoBoolean(value);
  if (boolean !== undefined) return boolean;
  throw invalidArgument(`invalid value for required: ${value}`);
}
