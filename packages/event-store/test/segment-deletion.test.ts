import { type FileStore, homeLayout, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventAddress } from '../src/event-address.ts';
import { SegmentCompactor } from '../src/segment-compactor.ts';
import { SegmentFiles } from '../src/segment-files.ts';
import { withoutAppend } from './event-stores.ts';
import { readAll, readIds } from './read-all.ts';
import { directory, growSegments, listSlots, manifest, openSegments, slot, upTo } from './segments.ts';
import { withCode } from './with-code.ts';

describe('a log in segments beside deletions', () => {
  let memory: MemoryFileStore;
  let files: FileStore;

  beforeEach(() => {
    memory = new MemoryFileStore();
    files = withoutAppend(memory);
  });

  const open = (over: FileStore = files) => openSegments(over);
  const grow = (count: number) => growSegments(files, count);
  const slots = () => listSlots(files);

  it('leaves nothing of a merging that meets the deletion of the conversation', async () => {
    await grow(31);
    const deleting = interceptFileStore(files, async (operation, path) => {
      if (operation === 'write' && path === manifest) {
        await files.write(homeLayout.conversationTombstone('c1'), '{"decided":true}');
        await files.delete('conversations/c1');
      }
    });
    const store = open(deleting);
    await store.append({});
    await store.close();
    expect(await files.exists(homeLayout.conversationTombstone('c1'))).toBe(true);
    expect(await files.list('conversations')).toEqual([]);
  });

  it('loses nothing when it is merged while a deletion of the conversation is begun and taken back', async () => {
    await grow(31);
    const tombstone = homeLayout.conversationTombstone('c1');
    const deleting = interceptFileStore(files, async (operation, path) => {
      if (operation === 'write' && path === manifest) {
        await files.write(tombstone, '{"decided":false}');
      }
    });
    const store = open(deleting);
    await store.append({});
    await store.close();
    await files.write(tombstone, '');
    expect(await readIds(open().search())).toEqual(upTo(32));
  });

  it('leaves nothing of a later merging either', async () => {
    await grow(70);
    const deleting = interceptFileStore(files, async (operation, path) => {
      if (operation === 'write' && String(path).startsWith(`${directory}/merged/`)) {
        await files.write(homeLayout.conversationTombstone('c1'), '{"decided":true}');
        await files.delete('conversations/c1');
      }
    });
    const store = open(deleting);
    for (let n = 0; n < 70 && !(await files.exists(homeLayout.conversationTombstone('c1'))); n += 1) {
      await store.append({}).catch((error: unknown) => expect(error).toEqual(withCode('not-found')));
    }
    await store.close();
    expect(await files.exists(homeLayout.conversationTombstone('c1'))).toBe(true);
    expect(await files.list('conversations')).toEqual([]);
  });

  /** Deletes the conversation and makes it anew, once, before the first request of its merging that is `when`. */
  async function mergeAndMakeAnew(when: (operation: string, path: string, asked: readonly string[]) => boolean): Promise<void> {
    const asked: string[] = [];
    let isAnew = false;
    const held = interceptFileStore(files, async (operation, path) => {
      asked.push(`${operation} ${path}`);
      if (!isAnew && when(operation, String(path), asked)) {
        isAnew = true;
        await files.delete('conversations/c1');
        const anew = open();
        for (const n of [100, 101, 102]) {
          await anew.append({ n });
        }
      }
    });
    const segments = new SegmentFiles(held, directory);
    const compactor = new SegmentCompactor(held, segments, eventAddress('c1', undefined, homeLayout), undefined);
    compactor.consider(64);
    await compactor.close();
    expect(isAnew).toBe(true);
  }

  it.each<[string, (operation: string, path: string, asked: readonly string[]) => boolean]>([
    ['written', (operation, path) => operation === 'write' && path.startsWith(`${directory}/merged/`)],
    ['named', (operation, _path, asked) => operation === 'entries' && asked.filter((each) => each === `write ${manifest}`).length === 2],
    ['looked through', (operation, path) => operation === 'list' && path === `${directory}/merged`],
    ['cleaned up', (operation, path) => operation === 'delete' && path === slot(0)],
  ])('loses nothing of a conversation that is made anew when its merged segments are %s', async (_when, when) => {
    const store = open();
    for (let n = 0; n < 31; n += 1) {
      await store.append({ n });
    }
    await files.write(slot(31), '{"id":31,"timestamp":"t"}\n');
    await mergeAndMakeAnew(when);
    expect((await readAll(open().search())).map(({ id, n }) => [id, n])).toEqual([0, 1, 2].map((id) => [id, 100 + id]));
    expect(await open().append({})).toMatchObject({ id: 3 });
    expect(await files.list(`${directory}/merged`)).toEqual([]);
  });

  it('is another one when the conversation was deleted and made anew', async () => {
    const old = open();
    await old.append({ n: 'old 0' });
    await old.append({ n: 'old 1' });
    await files.delete('conversations/c1');
    const anew = open();
    await anew.append({ n: 'new 0' });
    await anew.appendAll([{ n: 'new 1' }, { n: 'new 2' }]);
    expect((await readAll(old.search())).map((event) => event['n'])).toEqual(['new 0', 'new 1', 'new 2']);
    expect(await old.latestId()).toBe(2);
    expect(await old.append({ n: 'new 3' })).toMatchObject({ id: 3 });
    expect((await readAll(open().search())).map((event) => event['n'])).toEqual(['new 0', 'new 1', 'new 2', 'new 3']);
  });

  it('has no gap from a writer that goes on without a look after the conversation was deleted and made anew', async () => {
    const old = open();
    for (let n = 0; n < 5; n += 1) {
      await old.append({ n });
    }
    await files.delete('conversations/c1');
    await open().append({ n: 'new 0' });
    expect(await old.append({ n: 'new 1' })).toMatchObject({ id: 1 });
    expect(await open().append({ n: 'new 2' })).toMatchObject({ id: 2 });
    const events = open().search();
    expect((await readAll(events)).map(({ id, n }) => [id, n])).toEqual([0, 1, 2].map((id) => [id, `new ${id}`]));
    expect(events.unreadable).toEqual([]);
    expect(await slots()).toEqual([0, 1, 2].map(slot));
  });

  it('has no gap where the log that had gone was a file of lines, copied from a store that appends', async () => {
    await memory.write('conversations/c1/events.json', [0, 1, 2].map((id) => `{"id":${id},"timestamp":"t"}\n`).join(''));
    const old = open();
    expect(await old.latestId()).toBe(2);
    await files.delete('conversations/c1');
    await open().append({ n: 'new 0' });
    expect(await old.append({ n: 'new 1' })).toMatchObject({ id: 1 });
    const events = open().search();
    expect((await readAll(events)).map(({ id, n }) => [id, n])).toEqual([0, 1].map((id) => [id, `new ${id}`]));
    expect(events.unreadable).toEqual([]);
    expect(await slots()).toEqual([0, 1].map(slot));
  });

  it('leaves nothing behind of an append that meets the deletion of the conversation', async () => {
    const store = open();
    await store.append({});
    const deleting = interceptFileStore(files, async (operation, path) => {
      if (operation === 'write' && path === slot(1)) {
        await files.write(homeLayout.conversationTombstone('c1'), '{"decided":true}');
        await files.delete('conversations/c1');
      }
    });
    await expect(open(deleting).append({})).rejects.toEqual(withCode('not-found'));
    expect(await files.list('conversations')).toEqual([]);
    await expect(store.append({})).rejects.toEqual(withCode('not-found'));
    expect(await store.latestId()).toBeNull();
    expect(await files.list('conversations')).toEqual([]);
  });
});
