import { invalidArgument } from "#errors";

export function atLeastOne(keyword: string): Error {
  return invalidArgument(`${keyword} requires at least one argument`);
}

export function exactlyOne(keyword: string, args: readonly string[]): string {
  const [value] = args;
  if (value === undefined || args.length !== 1) throw invalidArgument(`${keyword} requires exactly one argument`);
  return value;
}

export function blankName(keyword: string): Error {
  return invalidArgument(`${keyword} names can not be blank`);
}
