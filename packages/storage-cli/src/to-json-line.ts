import { escapeControl } from './escape-control.ts';

/** The value as JSON on one line with a line feed, without a character that a terminal would act upon. */
export function toJsonLine(value: unknown): string {
  return `${escapeControl(JSON.stringify(value))}\n`;
}
