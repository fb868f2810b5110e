import type { DateTime } from './date-time.ts';

const date = /(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})/.source;
const time = /(?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d+))?)?/.source;
const offset = /(?<zone>[Zz]|(?<sign>[+\-\u2212])(?<offsetHour>\d{2}):?(?<offsetMinute>\d{2}))?/.source;
const pattern = new RegExp(`^${date}(?:[Tt _]${time}${offset})?$`);

/** The texts that speedate, the parser beneath pydantic, takes for a date with or without a time. */
export function parseIsoDateTime(text: string): DateTime | undefined {
  const groups = pattern.exec(text)?.groups;
  if (groups === undefined) {
    return undefined;
  }
  const dayMillis = toDayMillis(field(groups, 'year'), field(groups, 'month'), field(groups, 'day'));
  const timeSeconds = toSeconds(field(groups, 'hour'), field(groups, 'minute'), field(groups, 'second'));
  const offsetMinutes = groups['zone'] === undefined ? undefined : toOffsetMinutes(groups);
  if (dayMillis === undefined || timeSeconds === undefined || Number.isNaN(offsetMinutes)) {
    return undefined;
  }
  const localSeconds = dayMillis / 1000 + timeSeconds;
  const micros = BigInt((groups['fraction'] ?? '').slice(0, 6).padEnd(6, '0'));
  return { epochMicros: BigInt(localSeconds - (offsetMinutes ?? 0) * 60) * 1_000_000n + micros, offsetMinutes };
}

type Groups = Readonly<Record<string, string | undefined>>;

function field(groups: Groups, name: string): number {
  return Number(groups[name] ?? 0);
}

/** `undefined` for a day that the calendar does not have. */
function toDayMillis(year: number, month: number, day: number): number | undefined {
  const start = new Date(0);
  start.setUTCFullYear(year, month - 1, day);
  return year >= 1 && start.getUTCMonth() === month - 1 && start.getUTCDate() === day ? start.getTime() : undefined;
}

/** `undefined` outside the day; leap seconds are not known. */
function toSeconds(hour: number, minute: number, second: number): number | undefined {
  return hour < 24 && minute < 60 && second < 60 ? (hour * 60 + minute) * 60 + second : undefined;
}

/** `NaN` for a day and more. */
function toOffsetMinutes(groups: Groups): number {
  const hour = field(groups, 'offsetHour');
  const minute = field(groups, 'offsetMinute');
  if (hour >= 24 || minute >= 60) {
    return Number.NaN;
  }
  const minutes = hour * 60 + minute;
  return minutes === 0 || groups['sign'] === '+' ? minutes : -minutes;
}
