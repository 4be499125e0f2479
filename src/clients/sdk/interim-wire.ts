import { dataLoss } from "#errors";

const MAX_LINE = 16 * 1024 * 1024;

export async function* decodeJsonLines<T>(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<T> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE) throw dataLoss(`cannot read the engine's answer: a line is longer than ${MAX_LINE} bytes`);
    for (const line of lines) if (line.trim() !== "") yield parse(line);
  }
  if (rest.trim() !== "") yield parse(rest);
}

function parse<T>(line: string): T {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw dataLoss("cannot read the engine's answer: a line is not JSON", { cause: error });
  }
}
