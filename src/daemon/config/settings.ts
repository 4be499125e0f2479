export type SettingValue = string | boolean | number | readonly string[];

/** What was given, by flag name, wherever it came from. */
export type Settings = ReadonlyMap<string, SettingValue>;

export function textSetting(settings: Settings, flag: string): string | undefined {
  const value = settings.get(flag);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function switchSetting(settings: Settings, flag: string): boolean {
  return settings.get(flag) === true;
}

export function integerSetting(settings: Settings, flag: string): number | undefined {
  const value = settings.get(flag);
  return typeof value === "number" ? value : undefined;
}

export function listSetting(settings: Settings, flag: string): readonly string[] {
  const value = settings.get(flag);
  return typeof value === "object" ? value : [];
}
