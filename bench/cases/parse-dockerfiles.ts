import { parseDockerfile } from "#dockerfile";
import type { Case } from "./case.ts";

const COUNT = 1000;

/** In this process: no engine parses Dockerfiles for others without building them. */
export const parseDockerfiles: Case = {
  name: "parse-dockerfiles",
  targets: ["slipway"],
  measures: [{ id: "parse", title: `parse of ${COUNT} Dockerfiles`, unit: "ms" }],
  setup: () => Promise.resolve(),
  run() {
    const texts = Array.from({ length: COUNT }, (_, serial) => dockerfile(serial));
    const started = performance.now();
    for (const text of texts) parseDockerfile(text);
    return Promise.resolve([{ measure: "parse", value: performance.now() - started }]);
  },
  teardown: () => Promise.resolve(),
};

/** Of the length and the mixture of those that applications have. */
function dockerfile(serial: number): string {
  return [
    "# syntax=docker/dockerfile:1",
    `ARG VERSION=${serial}`,
    "FROM --platform=$BUILDPLATFORM example.org/runtime:${VERSION} AS build",
    "ARG TARGETARCH",
    "WORKDIR /src",
    "COPY --link package.json package-lock.json ./",
    "RUN --mount=type=cache,target=/root/.cache,sharing=locked \\",
    "    --mount=type=bind,source=scripts,target=/scripts \\",
    `    /scripts/install-${serial}.sh && \\`,
    "    rm -rf /tmp/*",
    "COPY . .",
    "RUN <<EOF",
    "set -e",
    "make all",
    "EOF",
    "FROM example.org/slim",
    'LABEL org.example.title="An application" org.example.version=${VERSION:-0}',
    "ENV PORT=8080 PATH=/app/bin:$PATH",
    "COPY --from=build --chown=1000:1000 --chmod=0755 /src/out /app",
    "EXPOSE 8080/tcp 8443",
    "USER 1000:1000",
    "HEALTHCHECK --interval=30s --timeout=5s CMD wget -qO- localhost:8080 || exit 1",
    'ENTRYPOINT ["/app/bin/server"]',
    'CMD ["--verbose"]',
    "",
  ].join("\n");
}
