import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import { type CopiedEvents, copyEvents } from './copy-events.ts';
import type { EventInput, StoredEvent } from './event.ts';
import { parseEvent } from './event-line.ts';
import { secretMask } from './event-secrets.ts';
import type { EventStore } from './event-store.ts';
import { splitBlocks } from './split-lines.ts';

const newline = 0x0a;

/** Events of one append that are appended together; fewer than its name is looked for in. */
const maxGroup = 500;

/** What a log gives its events itself, or may. */
const ownFields: ReadonlySet<string> = new Set(['id', 'operation_id', 'fencing_token', 'timestamp']);

/**
 * Makes a log begin with the events of a bundle of `exportEvents`, each with the id, the name and the fencing token that it had;
 * of an append of more than 500 events only the first 500 keep the name.
 *
 * Repeated, it adds what is missing, and several may import one bundle at the same time. Secrets of the target are masked.
 *
 * @param bundle Chunks of bytes, such as `await files.readStream(path)`.
 * @returns How many events the bundle has.
 * @throws {FileStoreError} `corrupt` when a line of the bundle is not the event that comes next; `already-exists` when the log begins with other events;
 *   `version-mismatch` when somebody appends others meanwhile: what then comes behind his events may lack some.
 */
export async function importEvents(target: EventStore, bundle: AsyncIterable<Uint8Array>, { signal }: AbortOptions = {}): Promise<number> {
  return await copyEvents(target, groupByName(parseBundle(bundle)), isSame, { signal });
}

/** Whether an import made the event before, which may have masked secrets of it. */
function isSame(stored: StoredEvent, event: EventInput, { operationId }: CopiedEvents): boolean {
  const isOfTime = event.timestamp === undefined || JSON.stringify(stored.timestamp) === JSON.stringify(event.timestamp);
  if (stored.operation_id !== operationId || !isOfTime) {
    return false;
  }
  const present = toComparable(stored);
  return isMaskedFrom(present, toComparable(event)) || hasMaskedName(present);
}

/** Whether a secret was a part of the name of a field, in JSON: it may have got a number, and another place. */
function hasMaskedName(json: string): boolean {
  // One expression for all of it would look from each mask to the end of its text.
  const [, ...rests] = json.replaceAll(/\\./g, ' ').split(secretMask);
  return rests.some((rest) => /^[^"]*":/.test(rest));
}

/** Whether a text is the other one, some of which a mask may stand for. */
function isMaskedFrom(masked: string, text: string): boolean {
  const [first = '', ...others] = masked.split(secretMask);
  const last = others.pop();
  if (last === undefined) {
    return masked === text;
  }
  let end = first.length;
  for (const part of others) {
    const start = text.indexOf(part, end);
    if (start === -1) {
      return false;
    }
    end = start + part.length;
  }
  return text.startsWith(first) && text.endsWith(last) && end + last.length <= text.length;
}

/** What a bundle gives but for the time, in one order; the format of OpenHands writes no `null` in some of the fields. */
function toComparable(event: object): string {
  const fields = Object.entries(event).filter(([field, value]) => !ownFields.has(field) && value !== null);
  return JSON.stringify(Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** Events that one append had made are appended by one again. */
async function* groupByName(events: AsyncIterable<StoredEvent>): AsyncGenerator<CopiedEvents, void, undefined> {
  const names = new Set<string>();
  let group: StoredEvent[] = [];
  for await (const event of events) {
    const [first] = group;
    const goesOn = first?.operation_id !== undefined && first.operation_id === event.operation_id;
    const fits = goesOn && first.fencing_token === event.fencing_token && group.length < maxGroup;
    if (!fits) {
      yield* toCopies(group, names);
      group = [];
    }
    group.push(event);
  }
  yield* toCopies(group, names);
}

/** Those without a name are appended one by one, as others who import the same may have made any of them. @param names Those that were given before: a second append of one name would be taken for a repetition. */
function toCopies(group: readonly StoredEvent[], names: Set<string>): readonly CopiedEvents[] {
  const [first] = group;
  const events = group.map(({ id: _id, operation_id: _operation, fencing_token: _token, ...fields }) => fields);
  const { operation_id: operationId, fencing_token: fencingToken } = first ?? {};
  if (operationId === undefined || names.has(operationId)) {
    return events.map((event) => ({ events: [event], fencingToken }));
  }
  names.add(operationId);
  return [{ events, operationId, fencingToken }];
}

async function* parseBundle(bundle: AsyncIterable<Uint8Array>): AsyncGenerator<StoredEvent, void, undefined> {
  let nextId = 0;
  for await (const lines of splitBlocks(toBlocks(bundle), 0)) {
    for (const { text } of lines) {
      yield toEvent(text, nextId);
      nextId += 1;
    }
  }
}

/** Copies, since whoever gives chunks may use their memory again, and with a newline at the end. */
async function* toBlocks(bundle: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let last: number | undefined;
  for await (const chunk of bundle) {
    last = chunk.at(-1) ?? last;
    yield Buffer.from(chunk);
  }
  if (last !== undefined && last !== newline) {
    yield Buffer.of(newline);
  }
}

function toEvent(text: string | undefined, id: number): StoredEvent {
  const event = text === undefined ? undefined : parseEvent(text);
  if (event?.id !== id) {
    throw new FileStoreError('corrupt', `the event ${id} of the bundle is damaged, or another one stands in its place`);
  }
  return event;
}
