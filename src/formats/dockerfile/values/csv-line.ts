import { invalidArgument } from "#errors";

/** The fields of one line of CSV: a field in double quotes may hold commas, and `""` in it is a quote. */
export function parseCsvLine(text: string, what: string): string[] {
  if (text === "") throw invalidArgument(`failed to parse csv ${what}: EOF`);
  const fields: string[] = [];
  const refuse = (position: number, reason: string) => {
    const column = Buffer.byteLength(text.slice(0, position)) + 1;
    return invalidArgument(`failed to parse csv ${what}: parse error on line 1, column ${column}: ${reason}`);
  };
  for (let position = 0; position <= text.length;) {
    const isQuoted = text.charAt(position) === '"';
    const field = isQuoted ? readQuoted(text, position) : readBare(text, position);
    if (field.fault !== undefined) {
      throw refuse(field.fault, isQuoted ? 'extraneous or missing " in quoted-field' : 'bare " in non-quoted-field');
    }
    fields.push(field.value);
    position = field.end + 1;
  }
  return fields;
}

interface Field {
  readonly value: string;
  /** Where the comma stands, or the text ends. */
  readonly end: number;
  readonly fault?: number;
}

function readBare(text: string, start: number): Field {
  const comma = text.indexOf(",", start);
  const end = comma === -1 ? text.length : comma;
  const value = text.slice(start, end);
  const quote = value.indexOf('"');
  return quote === -1 ? { value, end } : { value, end, fault: start + quote };
}

function readQuoted(text: string, start: number): Field {
  let value = "";
  for (let position = start + 1; ;) {
    const quote = text.indexOf('"', position);
    if (quote === -1) return { value, end: text.length, fault: position };
    value += text.slice(position, quote);
    const next = text.charAt(quote + 1);
    if (next === "" || next === ",") return { value, end: quote + 1 };
    if (next !== '"') return { value, end: quote, fault: quote };
    value += '"';
    position = quote + 2;
  }
}
