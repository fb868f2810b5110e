import { FileStoreError } from '@oh/file-store-core';
import { isJsonValue, maxJsonDepth } from '@oh/file-store-core/json';
import type { EventInput } from './event.ts';
import type { EventLog } from './event-log.ts';
import type { EventSecrets } from './event-secrets.ts';
import type { AppendEventOptions } from './event-store.ts';
import { rootParent } from './path-to-root.ts';
import type { DraftEvent } from './pending-append.ts';

const ownFields = ['id', 'operation_id', 'fencing_token'];

/** Makes an event ready to be written: checked, with its time, without secrets. */
export function draftEvent(
  event: EventInput,
  log: Pick<EventLog, 'encode' | 'formatTime'>,
  secrets: EventSecrets,
  now: () => Date,
): DraftEvent {
  checkEvent(event);
  const given = { timestamp: log.formatTime(now()), ...withoutUndefined(event) };
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

/** @throws {FileStoreError} `invalid-argument`. */
function checkEvent(event: EventInput): void {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw invalid('an event is a JSON object');
  }
  const given = ownFields.find((field) => event[field] !== undefined);
  if (given !== undefined) {
    throw invalid(`the field "${given}" of an event is given by the store`);
  }
  const wrong = Object.keys(event).find((field) => event[field] !== undefined && !isJsonValue(event[field], maxJsonDepth - 1));
  if (wrong !== undefined) {
    throw invalid(`the field ${JSON.stringify(wrong)} of an event is no JSON value, or nested deeper than ${maxJsonDepth} levels`);
  }
}

function withoutUndefined(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const hasAny = Object.values(fields).includes(undefined);
  return hasAny ? Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) : fields;
}

function invalid(message: string): FileStoreError {
  return new FileStoreError('invalid-argument', message);
}
