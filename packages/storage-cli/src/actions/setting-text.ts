/** The value of a setting for people: keys are masked, as their JSON says; a dash is none. */
export function settingText(value: unknown): string {
  const json: unknown = JSON.parse(JSON.stringify(value ?? null));
  if (json === null) {
    return '-';
  }
  return typeof json === 'string' ? json : JSON.stringify(json);
}
