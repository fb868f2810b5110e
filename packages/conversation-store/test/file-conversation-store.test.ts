import { type FileStore, FileStoreError, hasErrorCode, homeLayout, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import type { ConversationStore } from '../src/conversation-store.ts';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { newRecord } from './new-record.ts';
import { remainingFiles } from './remaining-files.ts';
import { withCode } from './with-code.ts';

const now = new Date('2025-06-01T12:00:00.123Z');

/** The name of a version that is not there. */
const someVersion = '0000000000-0123456789abcdef';

function ignoreMissing(error: unknown): void {
  if (!hasErrorCode(error, 'not-found')) {
    throw error;
  }
}

/** Each method, called for one conversation. */
const calls: readonly (readonly [string, (store: ConversationStore, id: string, signal?: AbortSignal) => Promise<unknown>])[] = [
  ['saveMetadata', (store, id, signal) => store.saveMetadata(newRecord(id), { signal })],
  ['getMetadata', (store, id, signal) => store.getMetadata(id, { signal })],
  ['saveMetadata, recreate', (store, id, signal) => store.saveMetadata(newRecord(id), { recreate: true, signal })],
  ['updateMetadata', (store, id, signal) => store.updateMetadata(id, (record) => ({ ...record, title: 'updated' }), { signal })],
  ['listVersions', (store, id, signal) => store.listVersions(id, { signal })],
  ['getVersion', (store, id, signal) => store.getVersion(id, someVersion, { signal }).catch(ignoreMissing)],
  ['restoreVersion', (store, id, signal) => store.restoreVersion(id, someVersion, { signal }).catch(ignoreMissing)],
  ['deleteMetadata', (store, id, signal) => store.deleteMetadata(id, { signal })],
  ['exists', (store, id, signal) => store.exists(id, { signal })],
  ['validateMetadata', (store, id, signal) => store.validateMetadata(id, 'alice', { signal })],
  ['getAllMetadata', (store, id, signal) => store.getAllMetadata(['good', id], { signal })],
];
const pruneCall = [
  'prune',
  (store: ConversationStore, _id: string, signal?: AbortSignal) => store.prune({ olderThan: new Date('2100-01-01'), signal }),
] as const;
const searchCall = ['search', (store: ConversationStore, _id: string, signal?: AbortSignal) => store.search({ signal })] as const;

describe.each([homeLayout, sessionsLayout])('FileConversationStore, $name layout', (layout) => {
  function open(files: FileStore = new MemoryFileStore()): { files: FileStore; store: ConversationStore; directory: string } {
    return { files, store: new FileConversationStore({ files, layout, now: () => now }), directory: layout.conversations() };
  }

  it('gives back what was saved, with the defaults', async () => {
    const { store } = open();
    const saved = await store.saveMetadata(newRecord('c1', { title: 'Ünï', trigger: 'gui', accumulated_cost: '1.5' }));
    expect(saved).toMatchObject({ conversation_id: 'c1', title: 'Ünï', trigger: 'gui', accumulated_cost: 1.5, pr_number: [] });
    expect(await store.getMetadata('c1')).toEqual(saved);
    expect(await store.exists('c1')).toBe(true);
  });

  it('writes what OpenHands writes', async () => {
    const { files, store, directory } = open();
    await store.saveMetadata({ extra: 1, title: 'T', ...newRecord('c1') });
    expect(await files.read(`${directory}/c1/metadata.json`)).toBe(
      '{"conversation_id":"c1","selected_repository":null,"user_id":null,"selected_branch":null,"git_provider":null,"title":"T",' +
        '"last_updated_at":null,"trigger":null,"pr_number":[],"created_at":"2025-06-01T12:00:00.123000Z","llm_model":null,' +
        '"accumulated_cost":0.0,"prompt_tokens":0,"completion_tokens":0,"total_tokens":0,"sandbox_id":null,"conversation_version":null,"extra":1}',
    );
  });

  it('dates a record once: at its first save', async () => {
    const { store } = open();
    await store.saveMetadata(newRecord('c1', { created_at: '2024-02-29T00:00:00+02:00' }));
    expect((await store.saveMetadata(newRecord('c1', { title: 'later' }))).created_at).toBe('2024-02-29T00:00:00+02:00');
    expect((await store.saveMetadata(newRecord('c1', { created_at: now.toISOString() }))).created_at).toBe('2025-06-01T12:00:00.123000Z');
  });

  it('writes no half of an emoji that a title was cut in, on which OpenHands fails', async () => {
    const { store } = open();
    const title = 'a 😀'.slice(0, 3);
    const saved = await store.saveMetadata({ conversation_id: 'a', selected_repository: null, title });
    expect(saved.title).toBe('a \ufffd');
    expect(await store.getMetadata('a')).toEqual(saved);
    await store.updateMetadata('a', (current) => ({ ...current, title, emoji: title }));
    expect(await store.getMetadata('a')).toMatchObject({ title: saved.title, emoji: title });
  });

  it('leaves out what is undefined in fields that it does not know', async () => {
    const { store } = open();
    await store.saveMetadata(newRecord('c1', { labels: [{ name: 'a', color: undefined }] }));
    expect((await store.getMetadata('c1'))['labels']).toStrictEqual([{ name: 'a' }]);
  });

  it('keeps stored fields that it does not know and is not given', async () => {
    const { store } = open();
    await store.saveMetadata(newRecord('c1', { is_public: true, shared_at: 'a' }));
    const saved = await store.saveMetadata(newRecord('c1', { shared_at: 'b', more: null, is_public: undefined }));
    const stored = await store.getMetadata('c1');
    expect(Object.entries(stored).slice(-3)).toEqual([
      ['is_public', true],
      ['shared_at', 'b'],
      ['more', null],
    ]);
    expect(saved).toEqual(stored);
  });

  it('keeps a number past 2^53 from read to save', async () => {
    const { files, store, directory } = open();
    await store.saveMetadata(newRecord('c1'));
    const path = `${directory}/c1/metadata.json`;
    const text = (await files.read(path)).replace('}', ',"big":{"n":[9007199254740993]}}');
    await files.write(path, text);
    await store.saveMetadata({ ...(await store.getMetadata('c1')) });
    expect(await files.read(path)).toBe(text);
  });

  it('loses no field of racing saves', async () => {
    const { store } = open();
    const racers = Array.from({ length: 12 }, (_, index) => `field_${index}`);
    await Promise.all(racers.map((field) => store.saveMetadata(newRecord('c1', { [field]: true }))));
    expect(await store.getMetadata('c1')).toMatchObject(Object.fromEntries(racers.map((field) => [field, true])));
  });

  it.each(['{"conversation_id":"c1","selected_repo', '{"conversation_id":"c1","selected_repository":null}', '', '[]', '[1'])(
    'never writes over a record that it cannot read: %j',
    async (text) => {
      const { files, store, directory } = open();
      const path = `${directory}/c1/metadata.json`;
      const { version } = await files.write(path, text);
      await expect(store.saveMetadata(newRecord('c1'))).rejects.toThrow(/^\[corrupt\].*"c1"/);
      expect(await files.read(path)).toBe(text);
      expect((await files.stat(path)).version).toBe(version);
    },
  );

  it('takes what is not UTF-8 for a record that cannot be read', async () => {
    const { files, store, directory } = open();
    await files.write(`${directory}/c1/metadata.json`, new Uint8Array([0x7b, 0xff, 0x7d]));
    await expect(store.getMetadata('c1')).rejects.toThrow(/^\[corrupt\].*"c1".*UTF-8/);
    await expect(store.saveMetadata(newRecord('c1'))).rejects.toThrow(withCode('corrupt'));
    expect((await store.search()).unreadable).toHaveLength(1);
  });

  it.each([
    ['a number for a title', { title: 5 }, 'title'],
    ['a created_at that is none', { created_at: 'yesterday' }, 'created_at'],
    ['null for created_at', { created_at: null }, 'created_at'],
    ['no repository', { selected_repository: undefined }, 'selected_repository'],
    ['a field that JSON cannot hold', { extra: { at: new Date(0) } }, 'extra'],
    ['a bigint', { extra: 1n }, 'extra'],
  ])('refuses to save %s, before any I/O', async (_what, fields, field) => {
    const seen: string[] = [];
    const { store } = open(interceptFileStore(new MemoryFileStore(), (operation) => void seen.push(operation)));
    const input = { ...newRecord('c1'), ...fields };
    // @ts-expect-error The types refuse some of it already.
    await expect(store.saveMetadata(input)).rejects.toThrow(new RegExp(`^\\[invalid-argument\\].*"c1".*${field}`));
    expect(seen).toEqual([]);
  });

  it('saves nothing that it could not read again', async () => {
    const { store } = open();
    let deep: unknown = [];
    for (let depth = 1; depth < 511; depth += 1) {
      deep = [deep];
    }
    await store.saveMetadata(newRecord('c1', { deep }));
    expect((await store.getMetadata('c1'))['deep']).toEqual(deep);
    await expect(store.saveMetadata(newRecord('c1', { deep: [deep] }))).rejects.toThrow(withCode('invalid-argument'));
  });

  it('tells missing from unreadable', async () => {
    const { files, store, directory } = open();
    await files.write(`${directory}/bad/metadata.json`, '{');
    await files.write(`${directory}/empty/events.json`, '');
    for (const id of ['none', 'empty']) {
      expect(await store.exists(id)).toBe(false);
      await expect(store.getMetadata(id)).rejects.toThrow(withCode('not-found'));
      await expect(store.validateMetadata(id, 'alice')).rejects.toThrow(withCode('not-found'));
    }
    expect(await store.exists('bad')).toBe(true);
    const error = await store.getMetadata('bad').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'corrupt', path: `${directory}/bad/metadata.json`, cause: expect.any(SyntaxError) });
    await expect(store.validateMetadata('bad', 'alice')).rejects.toThrow(withCode('corrupt'));
  });

  it('tells whose a conversation is', async () => {
    const { store } = open();
    await store.saveMetadata(newRecord('alices', { user_id: 'alice' }));
    await store.saveMetadata(newRecord('nobodys'));
    await store.saveMetadata(newRecord('emptys', { user_id: '' }));
    expect(await store.validateMetadata('alices', 'alice')).toBe(true);
    expect(await store.validateMetadata('alices', 'bob')).toBe(false);
    expect(await store.validateMetadata('nobodys', 'alice')).toBe(false);
    expect(await store.validateMetadata('emptys', '')).toBe(false);
  });

  it('deletes the whole conversation and nothing beside it', async () => {
    const { files, store, directory } = open();
    for (const id of ['c1', 'c10', 'c']) {
      await store.saveMetadata(newRecord(id));
      await files.write(`${directory}/${id}/events/0.json`, '{}');
    }
    await store.deleteMetadata('c1');
    await store.deleteMetadata('c1');
    expect(await files.list(directory)).toEqual([`${directory}/c/`, `${directory}/c10/`]);
    expect(await files.exists(`${directory}/c10/events/0.json`)).toBe(true);
  });

  it('deletes a conversation whose record cannot be read', async () => {
    const { files, store, directory } = open();
    await files.write(`${directory}/bad/metadata.json`, '{');
    await store.deleteMetadata('bad');
    expect(await remainingFiles(files)).toEqual([]);
  });

  it('reads many records, those that are bad beside those that are good', async () => {
    const { files, store, directory } = open();
    const ids = Array.from({ length: 40 }, (_, index) => `c${index}`);
    await Promise.all(ids.map((id) => store.saveMetadata(newRecord(id))));
    await files.write(`${directory}/bad/metadata.json`, '{');
    const batch = await store.getAllMetadata(['none', ...ids, 'bad', 'c0']);
    expect(batch.results.map(({ conversation_id }) => conversation_id)).toEqual([...ids, 'c0']);
    expect(batch.missing).toEqual(['none']);
    expect(batch.unreadable).toEqual([{ conversation_id: 'bad', error: withCode('corrupt') }]);
    expect(await store.getAllMetadata([])).toEqual({ results: [], missing: [], unreadable: [] });
  });

  it('reads at most 16 records at a time', async () => {
    let reading = 0;
    let most = 0;
    const files = interceptFileStore(new MemoryFileStore(), async (operation) => {
      if (operation === 'read') {
        most = Math.max(most, ++reading);
        await new Promise(setImmediate);
        reading -= 1;
      }
    });
    await open(files).store.getAllMetadata(Array.from({ length: 100 }, (_, index) => `c${index}`));
    expect(most).toBe(16);
  });

  it.each(['permission-denied', 'unavailable', 'timeout', 'unknown'] as const)(
    'throws %s instead of taking a record for missing',
    async (errorCode) => {
      const files = new MemoryFileStore();
      await open(files).store.saveMetadata(newRecord('good'));
      await open(files).store.saveMetadata(newRecord('c1'));
      const failing = interceptFileStore(files, (_operation, path) => {
        if (String(path).endsWith('/c1/metadata.json')) {
          throw new FileStoreError(errorCode, 'no');
        }
      });
      const isOfOne = errorCode === 'permission-denied' || errorCode === 'unknown';
      for (const [name, call] of [...calls, searchCall, pruneCall]) {
        const named = { unreadable: [{ conversation_id: 'c1', error: withCode(errorCode) }] };
        if (isOfOne && ['getAllMetadata', 'search', 'prune'].includes(name)) {
          expect(await call(open(failing).store, 'c1')).toMatchObject(named);
        } else {
          await expect(call(open(failing).store, 'c1')).rejects.toThrow(withCode(errorCode));
        }
      }
    },
  );

  it('throws when the listing fails', async () => {
    const failing = interceptFileStore(new MemoryFileStore(), () => {
      throw new FileStoreError('unavailable', 'no');
    });
    await expect(open(failing).store.search()).rejects.toThrow(withCode('unavailable'));
  });

  it.each(calls)('%s refuses an id that is no name, before any I/O', async (_name, call) => {
    const seen: string[] = [];
    const { store } = open(interceptFileStore(new MemoryFileStore(), (operation) => void seen.push(operation)));
    for (const id of ['../x', '', '.', '..', '.hidden', 'a/b', 'a\\b', 'a\0', 'ü', 'a'.repeat(129)]) {
      await expect(call(store, id)).rejects.toThrow(withCode('invalid-argument'));
    }
    expect(seen).toEqual([]);
  });

  it.each([...calls, searchCall, pruneCall])(
    '%s rejects with the reason of an abort, before and in each of its operations',
    async (_name, call) => {
      const reason = new Error('stop');
      const path = `${layout.conversations()}/good/metadata.json`;
      /** Aborts in the so manieth operation, from 1. */
      async function run(abortAt: number): Promise<{ outcome: unknown; operations: number; kept: boolean }> {
        const memory = new MemoryFileStore();
        await open(memory).store.saveMetadata(newRecord('good', { title: 'before' }));
        const text = await memory.read(path);
        const controller = new AbortController();
        let operations = 0;
        let isCleanUp = false;
        const aborting = interceptFileStore(memory, async (operation, target) => {
          operations += 1;
          if (operations === abortAt) {
            const isIndexed = String(target).startsWith(layout.conversationIndex());
            const isEnd = target === layout.conversationTombstone('good');
            isCleanUp = (operation === 'delete' && isIndexed) || ((operation === 'delete' || isEnd) && !(await memory.exists(path)));
            controller.abort(reason);
          }
        });
        const outcome = await call(open(aborting).store, 'good', controller.signal).catch((error: unknown) => error);
        const kept = (await memory.exists(path)) && (await memory.read(path)).trimEnd() === text;
        return { outcome, operations, kept: kept || isCleanUp };
      }
      const { operations } = await run(Number.POSITIVE_INFINITY);
      for (let abortAt = 1; abortAt <= operations; abortAt += 1) {
        expect(await run(abortAt)).toMatchObject({ outcome: reason, kept: true });
      }
      await expect(call(open().store, 'good', AbortSignal.abort(reason))).rejects.toBe(reason);
    },
  );

  it.each([...calls, searchCall, pruneCall])('%s hands the signal to each of its operations', async (_name, call) => {
    const { signal } = new AbortController();
    const { files, store } = open();
    await store.saveMetadata(newRecord('good', { title: 'before', user_id: 'alice' }));
    const watched = interceptFileStore(files, (operation, _path, options) => {
      expect([operation, options]).toEqual([operation, expect.objectContaining({ signal: expect.any(AbortSignal) })]);
    });
    await call(open(watched).store, 'good', signal);
  });
});
