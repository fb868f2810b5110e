import { shownSetting } from './shown-setting.ts';

/** The value of a setting for people: keys are masked, as their JSON says; a dash is none. */
export function settingText(value: unknown): string {
  const json = shownSetting(value);
  if (json === null) {
    return '-';
  }
  return typeof json === 'string' ? json : JSON.stringify(json);
}
