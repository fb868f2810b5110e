import { FileStoreError } from '@oh/file-store-core';
import type { StoredEvent } from './event.ts';
import { parseEventTime } from './event-time.ts';
import { toPythonJson } from './python-json.ts';

/** What an event must fulfil, all of it; the `EventFilter` of OpenHands. */
export interface EventFilter {
  /** Drops events that are marked hidden: `hidden` at the top, in `args` or in `extras`. Default: false. */
  readonly excludeHidden?: boolean | undefined;
  /** A text that the event's JSON holds, as Python's `json.dumps` spells it or as JavaScript does, whatever the case. Default: any. */
  readonly query?: string | undefined;
  /**
   * Only these types: `action` and `observation` are all of them, `action:run` one, `run` both the action and the observation of that name, `MessageEvent`
   * one of newer versions. Default: all.
   */
  readonly includeTypes?: readonly string[] | undefined;
  /** None of these types. Default: none. */
  readonly excludeTypes?: readonly string[] | undefined;
  /** Only with this `source`. Default: any. */
  readonly source?: string | undefined;
  /** Not before this instant; ISO 8601, without offset in local time. Events without a time pass. Default: any. */
  readonly startDate?: Date | string | undefined;
  /** Not after this instant. Default: any. */
  readonly endDate?: Date | string | undefined;
}

/**
 * Makes a filter a function.
 *
 * @throws {FileStoreError} `invalid-argument` when a date is none.
 */
export function compileFilter(filter: EventFilter): (event: StoredEvent) => boolean {
  const { excludeHidden, query, includeTypes, excludeTypes, source } = filter;
  const from = toMicros(filter.startDate) ?? Number.NEGATIVE_INFINITY;
  const to = toMicros(filter.endDate) ?? Number.POSITIVE_INFINITY;
  const tests = [
    ...(source === undefined ? [] : [(event: StoredEvent) => event.source === source]),
    ...(includeTypes === undefined ? [] : [(event: StoredEvent) => hasType(event, includeTypes)]),
    ...(excludeTypes === undefined ? [] : [(event: StoredEvent) => !hasType(event, excludeTypes)]),
    ...(excludeHidden === true ? [(event: StoredEvent) => !isHidden(event)] : []),
    ...(filter.startDate === undefined && filter.endDate === undefined ? [] : [(event: StoredEvent) => isBetween(event, from, to)]),
    ...(query === undefined || query === '' ? [] : [holdsText(query)]),
  ];
  return (event) => tests.every((test) => test(event));
}

/** The names that a filter may call the type of an event by. */
function eventTypes(event: StoredEvent): readonly string[] {
  const { action, observation, kind } = event as { readonly [field: string]: unknown };
  return [
    ...(typeof action === 'string' ? ['action', action, `action:${action}`] : []),
    ...(typeof observation === 'string' ? ['observation', observation, `observation:${observation}`] : []),
    ...(typeof kind === 'string' ? [kind] : []),
  ];
}

function hasType(event: StoredEvent, types: readonly string[]): boolean {
  return eventTypes(event).some((type) => types.includes(type));
}

function isHidden(event: StoredEvent): boolean {
  return [event, event['args'], event['extras']].some(
    (part) => typeof part === 'object' && part !== null && 'hidden' in part && part.hidden === true,
  );
}

function isBetween({ timestamp }: StoredEvent, from: number, to: number): boolean {
  const micros = typeof timestamp === 'string' ? parseEventTime(timestamp) : undefined;
  return micros === undefined || (micros >= from && micros <= to);
}

function holdsText(query: string): (event: StoredEvent) => boolean {
  const wanted = query.toLowerCase();
  return (event) => toPythonJson(event).toLowerCase().includes(wanted) || JSON.stringify(event).toLowerCase().includes(wanted);
}

function toMicros(date: Date | string | undefined): number | undefined {
  if (date === undefined) {
    return undefined;
  }
  const micros = typeof date === 'string' ? parseEventTime(date) : date.getTime() * 1000;
  if (micros === undefined || Number.isNaN(micros)) {
    throw new FileStoreError('invalid-argument', 'the date of a filter is no ISO 8601 time, such as 2025-07-18T17:01:36Z');
  }
  return micros;
}
