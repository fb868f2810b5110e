import { FileStoreError } from '@oh/file-store-core';
import { isJsonValue, maxJsonDepth, withoutUndefined } from '@oh/file-store-core/json';
import type { EventInput } from './event.ts';
import type { EventLog } from './event-log.ts';
import type { EventSecrets } from './event-secrets.ts';
import type { AppendEventOptions } from './event-store.ts';
import { rootParent } from './path-to-root.ts';
import type { DraftEvent } from './pending-append.ts';

/** Most levels in a field: the event itself is one. */
const maxFieldDepth = maxJsonDepth - 1;

const ownFields = ['id', 'operation_id', 'fencing_token'];

/** Makes an event ready to be written: checked, with its time, without secrets. */
export function draftEvent(
  event: EventInput,
  log: Pick<EventLog, 'encode' | 'formatTime'>,
  secrets: EventSecrets,
  now: () => Date,
): DraftEvent {
  const given = { timestamp: log.formatTime(now()), ...fieldsOf(event) };
  const fields = secrets.mask(given);
  return { fields, body: log.encode(fields), parentId: parentIdOf(event) };
}

/** @throws {FileStoreError} `invalid-argument`. */
export function checkAppendOptions({ operationId, expectedNextId, fencingToken }: AppendEventOptions): void {
  if (operationId !== undefined && !(typeof operationId === 'string' && operationId.length >= 1 && operationId.length <= 256)) {
    throw invalid('the operationId of an append is a text of 1 to 256 characters');
  }
  if (expectedNextId !== undefined && !(Number.isSafeInteger(expectedNextId) && expectedNextId >= 0)) {
    throw invalid('the expectedNextId of an append is a whole number from 0');
  }
  if (fencingToken !== undefined && !(Number.isSafeInteger(fencingToken) && fencingToken >= 1)) {
    throw invalid('the fencingToken of an append is a whole number from 1');
  }
}

/** @throws {FileStoreError} `invalid-argument`. */
function parentIdOf({ parent_id }: EventInput): number | undefined {
  const parent = parent_id ?? rootParent;
  if (parent === rootParent || (typeof parent === 'number' && Number.isSafeInteger(parent) && parent >= 0)) {
    return parent === rootParent ? undefined : parent;
  }
  throw invalid(`the parent_id of an event is the id of another one, or "${rootParent}"`);
}

/**
 * The fields of an event that are there; those that are `undefined` are not, at any depth.
 *
 * @throws {FileStoreError} `invalid-argument`.
 */
function fieldsOf(event: EventInput): Readonly<Record<string, unknown>> {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw invalid('an event is a JSON object');
  }
  const taken = ownFields.find((field) => event[field] !== undefined);
  if (taken !== undefined) {
    throw invalid(`the field "${taken}" of an event is given by the store`);
  }
  const given = Object.entries(event);
  if (given.every(([, value]) => isJsonValue(value, maxFieldDepth))) {
    return event;
  }
  const there = given.filter(([, value]) => value !== undefined);
  return Object.fromEntries(there.map(([field, value]) => [field, toJsonValue(field, value)]));
}

function toJsonValue(field: string, value: unknown): unknown {
  if (isJsonValue(value, maxFieldDepth)) {
    return value;
  }
  const reduced = withoutUndefined(value, maxFieldDepth);
  if (!isJsonValue(reduced, maxFieldDepth)) {
    const none = 'a function, a date, a map and any other object of a class are none, nor are NaN and bigints';
    throw invalid(
      `the field ${JSON.stringify(field)} of an event is no JSON value (${none}), or nested deeper than ${maxJsonDepth} levels`,
    );
  }
  return reduced;
}

function invalid(message: string): FileStoreError {
  return new FileStoreError('invalid-argument', message);
}
