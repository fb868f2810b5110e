import { MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import type { ConversationFilter } from '../src/conversation-filter.ts';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { newRecord } from './new-record.ts';
import { withCode } from './with-code.ts';

const records = [
  newRecord('c0', { created_at: '2025-01-09T00:00:00Z', title: 'Fix the Cart', user_id: 'alice', trigger: 'gui', git_provider: 'github' }),
  newRecord('c1', { created_at: '2025-01-08T00:00:00Z', title: null, selected_repository: 'acme/shop', trigger: 'slack' }),
  newRecord('c2', { created_at: '2025-01-07T00:00:00Z', title: 'ÜBER', selected_repository: 'acme/shop-2', user_id: 'bob' }),
  newRecord('c3', {
    created_at: '2025-01-06T00:00:00+02:00',
    title: 'x',
    last_updated_at: '2025-02-01T00:00:00Z',
    user_id: '',
    trigger: '',
  }),
  newRecord('c4', { created_at: '2025-01-05T00:00:00Z', title: 'the cart again', trigger: 'of tomorrow', git_provider: 'gitlab' }),
];

const cases: readonly (readonly [string, ConversationFilter, readonly string[]])[] = [
  ['nothing', {}, ['c0', 'c1', 'c2', 'c3', 'c4']],
  ['a user', { userId: 'alice' }, ['c0']],
  ['nobody', { userId: null }, ['c1', 'c3', 'c4']],
  ['the empty user, which is nobody', { userId: '' }, ['c1', 'c3', 'c4']],
  ['a repository, all of its name', { repository: 'acme/shop' }, ['c1']],
  ['no repository', { repository: null }, ['c0', 'c3', 'c4']],
  ['a trigger', { trigger: 'slack' }, ['c1']],
  ['a trigger of another version', { trigger: 'of tomorrow' }, ['c4']],
  ['no trigger', { trigger: null }, ['c2', 'c3']],
  ['a git provider', { gitProvider: 'gitlab' }, ['c4']],
  ['a part of a title in any case', { title: 'THE cart' }, ['c0', 'c4']],
  ['a title beyond ASCII', { title: 'über' }, ['c2']],
  ['creation from an instant', { createdFrom: '2025-01-07T01:00:00+01:00' }, ['c0', 'c1', 'c2']],
  ['creation before an instant', { createdBefore: new Date('2025-01-05T22:00:00Z') }, ['c4']],
  ['creation before an instant a microsecond later', { createdBefore: '2025-01-05T22:00:00.000001Z' }, ['c3', 'c4']],
  ['creation between two instants', { createdFrom: '2025-01-05T22:00:00Z', createdBefore: '2025-01-08T00:00:00Z' }, ['c2', 'c3']],
  ['change from an instant', { updatedFrom: '2025-01-09' }, ['c0', 'c3']],
  ['change before an instant', { updatedBefore: '2025-01-07T00:00:00Z' }, ['c4']],
  ['all of several conditions', { title: 'cart', trigger: 'gui', userId: 'alice', gitProvider: 'github', repository: null }, ['c0']],
  ['conditions that nothing meets', { title: 'cart', trigger: 'slack' }, []],
];

describe('a filter', () => {
  it.each(cases)('finds by %s, in pages of any size', async (_what, filter, expected) => {
    const store = new FileConversationStore({ files: new MemoryFileStore() });
    await Promise.all(records.map((record) => store.saveMetadata(record)));
    for (const limit of [1, 2, 20]) {
      const ids: string[] = [];
      let pageId: string | null = null;
      do {
        const page = await store.search({ filter, limit, pageId });
        expect(page.results).toHaveLength(Math.min(limit, expected.length - ids.length));
        ids.push(...page.results.map(({ conversation_id }) => conversation_id));
        pageId = page.next_page_id;
      } while (pageId !== null);
      expect(ids).toEqual(expected);
    }
  });

  it('hides nothing that cannot be read', async () => {
    const files = new MemoryFileStore();
    await files.write('conversations/torn/metadata.json', '{');
    const page = await new FileConversationStore({ files }).search({ filter: { userId: 'alice' } });
    expect(page).toMatchObject({ results: [], unreadable: [{ conversation_id: 'torn' }] });
  });

  it.each([
    { createdFrom: 'yesterday' },
    { updatedBefore: new Date(Number.NaN) },
    { createdBefore: 5 },
    { title: 5 },
    { trigger: true },
    { user_id: 'alice' },
  ])('is refused before any I/O: %j', async (filter) => {
    const store = new FileConversationStore({ files: interceptFileStore(new MemoryFileStore(), () => expect.unreachable()) });
    // @ts-expect-error The types refuse some of it already.
    await expect(store.search({ filter })).rejects.toThrow(withCode('invalid-argument'));
  });
});
