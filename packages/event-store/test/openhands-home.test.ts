import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileStore, homeLayout, sessionsLayout } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { copyOpenHandsHome, type ExpectedEvents, readExpectedEvents } from '@oh-tools/fixtures';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileEventStore } from '../src/file-event-store.ts';
import { withoutAppend } from './event-stores.ts';
import { readAll, readIds } from './read-all.ts';

/** A conversation in one of the layouts. */
interface OpenedConversation {
  readonly store: FileEventStore;
  /** The id that OpenHands gave to the event that has this one. */
  readonly originalId: (id: number) => number;
  readonly damagedIds: readonly number[];
  /** As OpenHands gave it. */
  readonly latestId: number;
}

const expected = readExpectedEvents();
const conversations = Object.entries(expected).map(([id, events]) => ({ id, events }));

describe('the events of a folder that OpenHands wrote are those that OpenHands finds', () => {
  let parent: string;
  let files: LocalFileStore;

  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'event-store-'));
    await copyOpenHandsHome(join(parent, 'home'));
    files = new LocalFileStore({ root: join(parent, 'home'), durability: 'atomic' });
  });

  afterAll(async () => {
    await files.close();
    await rm(parent, { recursive: true });
  });

  describe.each([
    ['one that appends', (all: FileStore) => all],
    ['one that does not', withoutAppend],
  ] as const)('in %s,', (what, over) => {
    it.each(conversations)('as they lie there: $id', async ({ id, events }) => {
      const store = new FileEventStore({
        files: over(files),
        conversationId: id,
        layout: sessionsLayout,
        userId: events.user_id ?? undefined,
      });
      await check({ store, originalId: (each) => each, damagedIds: events.damaged_ids, latestId: events.next_id - 1 }, events);
    });

    it.each(conversations)('and in the log of this package when they are copied there: $id', async ({ id, events }) => {
      const userId = events.user_id ?? undefined;
      const from = new FileEventStore({ files, conversationId: id, layout: sessionsLayout, userId });
      await using home = new LocalFileStore({ root: join(parent, `${id}-${what}`), durability: 'atomic' });
      await using store = new FileEventStore({ files: over(home), conversationId: id, layout: homeLayout, userId });
      const originals = await readAll(from.search());
      await store.appendAll(originals.map(({ id: _id, ...fields }) => fields));
      const file = homeLayout.eventLog(id, userId) ?? '';
      expect(await home.exists(file)).toBe(over(home).capabilities.append);
      await check({ store, originalId: (each) => originals[each]?.id ?? -1, damagedIds: [], latestId: originals.at(-1)?.id ?? -1 }, events);
    });
  });
});

async function check(opened: OpenedConversation, events: ExpectedEvents): Promise<void> {
  const { store, originalId } = opened;
  const { readable, damaged_ids, missing_ids, next_id, kinds, ...searches } = events;
  const search = async (options: Parameters<FileEventStore['search']>[0]): Promise<number[]> =>
    (await readIds(store.search(options))).map(originalId);
  const stream = store.search();
  const found = await readAll(stream);
  expect(found).toHaveLength(readable);
  expect(stream.unreadable.map(({ first_id }) => first_id)).toEqual(opened.damagedIds);
  const ids = found.map(({ id }) => originalId(id));
  expect(ids).toEqual(Array.from({ length: next_id }, (_, i) => i).filter((i) => !damaged_ids.includes(i) && !missing_ids.includes(i)));
  expect(ids).toEqual(searches.search_all_ids ?? ids);
  expect(await search({ reverse: true })).toEqual(ids.toReversed());
  expect(originalId((await store.latestId()) ?? -1)).toBe(opened.latestId);
  const counts = Map.groupBy(found, (event) => ('action' in event ? `action:${event['action']}` : `observation:${event['observation']}`));
  expect(Object.fromEntries([...counts].map(([kind, { length }]) => [kind, length]))).toEqual(kinds);
  for (const kind of Object.keys(kinds)) {
    expect(await search({ filter: { includeTypes: [kind] } })).toHaveLength(kinds[kind] ?? 0);
  }
  if (searches.from_user_ids !== undefined) {
    expect(await search({ filter: { source: 'user' } })).toEqual(searches.from_user_ids);
    expect(await search({ filter: { query: 'primes' }, reverse: true, limit: 5 })).toEqual(searches.query_primes_reverse_first5);
  }
}
