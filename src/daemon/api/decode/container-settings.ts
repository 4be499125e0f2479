import type { ContainerSettings, Healthcheck } from "#oci";
import { goBool, goInt, goList, goMap, goString, goStruct, goWords, omitEmpty, omitNull } from "#wire";
import type { GoFields } from "#wire";

const text = goString();
const flag = goBool();
const words = omitNull(goWords());
const nothing = goStruct<object>("struct {}", {});
const duration = omitEmpty(goInt("int64", "time.Duration"));

export const HEALTHCHECK = goStruct<Healthcheck>("container.HealthConfig", {
  Test: omitNull(goList(text, "[]string")),
  Interval: duration,
  Timeout: duration,
  StartPeriod: duration,
  StartInterval: duration,
  Retries: omitEmpty(goInt("int")),
});

/** How the parts of `Config` are read. */
export const SETTINGS_FIELDS: GoFields<ContainerSettings> = {
  Hostname: text,
  Domainname: text,
  User: text,
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  ExposedPorts: omitNull(goMap(nothing, "nat.PortSet")),
  Tty: flag,
  OpenStdin: flag,
  StdinOnce: flag,
  Env: omitNull(goList(text, "[]string")),
  Cmd: words,
  Healthcheck: omitNull(HEALTHCHECK),
  ArgsEscaped: omitEmpty(flag),
  Image: text,
  Volumes: omitNull(goMap(nothing, "map[string]struct {}")),
  WorkingDir: text,
  Entrypoint: words,
  NetworkDisabled: omitEmpty(flag),
  MacAddress: omitEmpty(text),
  OnBuild: omitNull(goList(text, "[]string")),
  Labels: omitNull(goMap(text, "map[string]string")),
  StopSignal: omitEmpty(text),
  StopTimeout: omitNull(goInt("int")),
  Shell: omitNull(goWords()),
};
