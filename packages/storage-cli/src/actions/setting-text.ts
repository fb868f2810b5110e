import { formatValue } from '../format-value.ts';
import { shownSetting } from './shown-setting.ts';

/** The value of a setting for people: keys are masked, as their JSON says; a dash is none. */
export function settingText(value: unknown): string {
  return formatValue(shownSetting(value));
}
