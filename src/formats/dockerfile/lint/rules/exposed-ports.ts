import type { LintedFile } from "../read-for-lint.ts";
import type { Finding } from "../rule.ts";

export function* checkProtocolCasing(file: LintedFile): Generator<Finding> {
  for (const { port, range } of exposedPorts(file)) {
    const protocol = port.split("/")[1] ?? "";
    if (protocol === protocol.toLowerCase()) continue;
    yield { detail: `Defined protocol '${port}' in EXPOSE instruction should be lowercase`, range };
  }
}

export function* checkExposedFormats(file: LintedFile): Generator<Finding> {
  for (const { port, range } of exposedPorts(file)) {
    if (!port.includes(":")) continue;
    yield { detail: `EXPOSE instruction should not define an IP address or host-port mapping, found '${port}'`, range };
  }
}

function* exposedPorts({ stages }: LintedFile) {
  for (const { steps } of stages) {
    for (const { expanded } of steps) {
      if (expanded?.keyword !== "EXPOSE") continue;
      for (const port of expanded.values) yield { port, range: expanded.range };
    }
  }
}
