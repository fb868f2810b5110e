import type { ConversationMetadata } from '@oh/conversation-store';
import { type EventStore, exportEvents } from '@oh/event-store';
import { type AbortOptions, FileStoreError, raceAbort } from '@oh/file-store-core';
import { parseJson } from '@oh/file-store-core/json';

/** What the first line of a bundle says that it is. */
const kind = 'urn:oh-storage:conversation-bundle';

/** Longest first line; a record has a few kilobytes. */
const maxHeadBytes = 16 * 1024 * 1024;

/** The first line of a bundle; the events follow, a line each. */
export interface BundleHead {
  readonly $schema: typeof kind;
  readonly version: 1;
  /** How many events the bundle has at least: more, when some were appended meanwhile. */
  readonly events: number;
  /** The record. */
  readonly metadata: ConversationMetadata;
}

/**
 * A conversation as a bundle: a line with its record, then the lines of `exportEvents`.
 *
 * @throws {FileStoreError} `corrupt` for an event that cannot be read.
 */
export async function* exportConversation(
  metadata: ConversationMetadata,
  store: EventStore,
  options: AbortOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const lastId = await store.latestId(options);
  const head: BundleHead = { $schema: kind, version: 1, events: (lastId ?? -1) + 1, metadata };
  yield Buffer.from(`${JSON.stringify(head)}\n`);
  yield* exportEvents(store, options);
}

/**
 * Takes a bundle apart.
 *
 * @returns The first line, and the rest, which is to be read to its end.
 * @throws {FileStoreError} `corrupt` for what is no bundle; `unsupported` for one of a newer version. @throws The reason of the signal, also while the rest is read.
 */
export async function readBundle(
  contents: AsyncIterable<Uint8Array>,
  { signal }: AbortOptions = {},
): Promise<{ readonly head: BundleHead; readonly events: AsyncIterable<Uint8Array> }> {
  const chunks = contents[Symbol.asyncIterator]();
  // Whoever writes them may be silent.
  const next = (): Promise<IteratorResult<Uint8Array>> => raceAbort(chunks.next(), signal);
  let read = Buffer.alloc(0);
  let end = -1;
  while (end < 0 && read.byteLength < maxHeadBytes) {
    const { done, value } = await next();
    if (done === true) {
      break;
    }
    end = value.indexOf(0x0a) < 0 ? -1 : read.byteLength + value.indexOf(0x0a);
    read = Buffer.concat([read, value]);
  }
  const head = parseHead(read.subarray(0, Math.max(end, 0)).toString('utf8'));
  return { head, events: rest(read.subarray(end + 1), next) };
}

async function* rest(first: Uint8Array, next: () => Promise<IteratorResult<Uint8Array>>): AsyncGenerator<Uint8Array, void, undefined> {
  yield first;
  for (let item = await next(); item.done !== true; item = await next()) {
    yield item.value;
  }
}

function parseHead(line: string): BundleHead {
  const head = parseObject(line);
  if (head?.['$schema'] !== kind) {
    throw new FileStoreError('corrupt', 'this is no bundle of "conversations export": its first line is not the record of a conversation');
  }
  if (head['version'] !== 1) {
    throw new FileStoreError('unsupported', 'the bundle was written by a newer version of oh-storage; update it');
  }
  const { events, metadata } = head;
  if (typeof events !== 'number' || typeof metadata !== 'object' || metadata === null) {
    throw new FileStoreError('corrupt', 'the first line of the bundle is damaged');
  }
  return head as unknown as BundleHead;
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = parseJson(line);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    // The caller says what is expected.
    return undefined;
  }
}
