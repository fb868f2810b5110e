import { isUtf8 } from 'node:buffer';
import type { StoredEvent } from './event.ts';
import type { EncodedEvent } from './event-log.ts';
import { parsePythonJson, toPythonJson } from './python-json.ts';

/** The fields at the top of an event in the order in which OpenHands 0.62 writes them; others follow. */
const fieldOrder = [
  'timestamp',
  'source',
  'message',
  'cause',
  'action',
  'observation',
  'tool_call_metadata',
  'llm_metrics',
  'args',
  'timeout',
  'content',
  'extras',
  'success',
];

/** Fields that OpenHands leaves out rather than write `null`, which it could not read again. */
const neverNull: ReadonlySet<string> = new Set(['source', 'message', 'cause', 'tool_call_metadata', 'llm_metrics', 'timeout']);

/** Spells the fields of an event as OpenHands does, without `id` and braces. */
export function encodeFields(event: Readonly<Record<string, unknown>>): string {
  const known = fieldOrder.filter((field) => Object.hasOwn(event, field));
  const others = Object.keys(event).filter((field) => !fieldOrder.includes(field));
  const fields = [...known, ...others].filter((field) => !(neverNull.has(field) && event[field] === null));
  return toPythonJson(Object.fromEntries(fields.map((field) => [field, event[field]]))).slice(1, -1);
}

/** An event as the contents of its file. OpenHands passes over the fields at the top that it does not know. */
export function formatEventFile({ body, id, operationId, fencingToken }: EncodedEvent): string {
  const operation = operationId === undefined ? [] : [`"operation_id": ${toPythonJson(operationId)}`];
  const fence = fencingToken === 0 ? [] : [`"fencing_token": ${fencingToken}`];
  return `{${[`"id": ${id}`, ...(body === '' ? [] : [body]), ...operation, ...fence].join(', ')}}`;
}

/**
 * Reads the file of an event; the name of the file tells the id, whatever stands in it.
 *
 * @returns `undefined` when it holds no JSON object.
 */
export function parseEventFile(bytes: Uint8Array, id: number): StoredEvent | undefined {
  if (!isUtf8(bytes)) {
    return undefined;
  }
  try {
    return toEvent(parsePythonJson(Buffer.from(bytes).toString('utf8')), id);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

/** A JSON value as the event of an id; `undefined` when it is no object. */
export function toEvent(value: unknown, id: number): StoredEvent | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value, id } : undefined;
}

/** A time as OpenHands writes it: Python's `datetime.now().isoformat()`, local and without offset. */
export function formatLocalTime(time: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const date = [String(time.getFullYear()).padStart(4, '0'), two(time.getMonth() + 1), two(time.getDate())].join('-');
  const millis = time.getMilliseconds();
  const fraction = millis === 0 ? '' : `.${String(millis).padStart(3, '0')}000`;
  return `${date}T${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}${fraction}`;
}
