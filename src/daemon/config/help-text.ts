import { OPTION_GROUPS } from "./options.ts";
import type { Option } from "./options.ts";
import type { Places } from "./places.ts";

/** What `slipwayd --help` prints; `places` are those of the user who asks. */
export function helpText(places: Places): string {
  const rows = OPTION_GROUPS.map(({ title, options }) => ({
    title,
    lines: options.map((option) => [synopsis(option), option.help] as const),
  }));
  const width = Math.max(...rows.flatMap(({ lines }) => lines.map(([left]) => left.length)));
  const groups = rows.map(({ title, lines }) =>
    [`${title}:`, ...lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)].join("\n"),
  );
  return [
    ["Usage: slipwayd [flags]", "       slipwayd fsck [--repair] [flags]"].join("\n"),
    [
      "Serves the Docker Engine image API from this machine. Flags are dockerd's.",
      "fsck verifies the data root of a stopped daemon, byte by byte; --repair removes what is damaged, and fetches it",
      "again from the registries it came from, with the credentials that docker login has left in ~/.docker/config.json.",
    ].join("\n"),
    ...groups,
    [
      "Without flags:",
      `  listens at   unix://${places.socketIn(places.dataRoot)}`,
      `  keeps in     ${places.dataRoot}`,
      `  reads        ${places.configFile}, if it exists`,
    ].join("\n"),
  ].join("\n\n");
}

function synopsis({ flag, short, value }: Option): string {
  const name = `${short === undefined ? "    " : `-${short}, `}--${flag}`;
  return value === undefined ? name : `${name} ${value}`;
}
