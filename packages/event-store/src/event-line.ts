import { parseJson } from '@oh/file-store-core/json';
import type { StoredEvent } from './event.ts';
import type { EncodedEvent } from './event-log.ts';

/** What a line begins with, and all that the next event depends on. */
export interface LineHead {
  readonly id: number;
  readonly operationId: string | undefined;
  /** 0 for none. */
  readonly fencingToken: number;
}

/** Ends a line that was never finished, so that it is no damage: an append was cut off, which nobody was told of. */
export const tornMark = '\t#torn';

/** As {@link formatLine} begins a line. One in which another of its fields follows, as after a longer number, is read whole. */
const headPattern =
  /^\{"id":(\d{1,15})(?:,"operation_id":("(?:[^"\\]|\\.)*"))?(?:,"fencing_token":(\d{1,15}))?(?!,"(?:operation_id|fencing_token)":)[,}]/;

/** Spells an event but for its {@link LineHead}. */
export function encodeBody(event: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(event).slice(1);
}

/** An event as a line of the log, with its newline. */
export function formatLine({ body, id, operationId, fencingToken }: EncodedEvent): string {
  const operation = operationId === undefined ? '' : `,"operation_id":${JSON.stringify(operationId)}`;
  const fence = fencingToken === 0 ? '' : `,"fencing_token":${fencingToken}`;
  return `{"id":${id}${operation}${fence}${body === '}' ? '' : ','}${body}\n`;
}

/** What a line begins with, without reading all of it where this package wrote it; `undefined` when it is no event. */
export function parseHead(line: string): LineHead | undefined {
  const match = headPattern.exec(line);
  if (match === null || !line.endsWith('}')) {
    return toHead(parseEvent(line));
  }
  const [, id, operation, fence = '0'] = match;
  return { id: Number(id), operationId: operation === undefined ? undefined : parseText(operation), fencingToken: Number(fence) };
}

/** Reads an event without losing a digit; `undefined` when the text is none. */
export function parseEvent(text: string): StoredEvent | undefined {
  const value = parseObject(text);
  return isEvent(value) ? value : undefined;
}

function parseObject(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

function isEvent(value: unknown): value is StoredEvent {
  const isObject = typeof value === 'object' && value !== null && 'id' in value;
  return isObject && typeof value.id === 'number' && Number.isSafeInteger(value.id) && value.id >= 0;
}

function toHead(event: StoredEvent | undefined): LineHead | undefined {
  if (event === undefined) {
    return undefined;
  }
  const { id, operation_id, fencing_token } = event;
  return {
    id,
    operationId: typeof operation_id === 'string' ? operation_id : undefined,
    fencingToken: typeof fencing_token === 'number' && Number.isSafeInteger(fencing_token) ? fencing_token : 0,
  };
}

function parseText(json: string): string | undefined {
  try {
    return JSON.parse(json) as string;
  } catch {
    // The line is damaged; whoever reads it whole will say so.
    return undefined;
  }
}
