import { homeLayout, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { newRecord } from './new-record.ts';
import { remainingFiles } from './remaining-files.ts';
import { withCode } from './with-code.ts';

const maxBytes = 20_000;

/** Writes until nothing more fits. */
async function fill(files: MemoryFileStore): Promise<void> {
  let used = 0;
  for await (const entry of files.entries('', { recursive: true })) {
    used += entry.kind === 'file' ? entry.size : 0;
  }
  await files.write('filling', new Uint8Array(maxBytes - used));
}

describe.each([homeLayout, sessionsLayout])('where there is no room left, $name layout', (layout) => {
  it('a conversation with events can be deleted all the same', async () => {
    const files = new MemoryFileStore({ maxBytes });
    const store = new FileConversationStore({ files, layout });
    await store.saveMetadata(newRecord('c1'));
    await files.write(`${layout.eventDirectory('c1')}/events.json`, '{}\n'.repeat(1000));
    await fill(files);
    await store.deleteMetadata('c1');
    await files.delete('filling');
    expect(await remainingFiles(files)).toEqual([]);
    expect(await files.exists(layout.conversationTombstone('c1'))).toBe(true);
    expect((await store.search()).results).toEqual([]);
  });

  it('one that has nothing but its record can be deleted too, and stays deleted', async () => {
    const files = new MemoryFileStore({ maxBytes });
    const store = new FileConversationStore({ files, layout });
    const record = await store.saveMetadata(newRecord('c1'));
    await fill(files);
    await store.deleteMetadata('c1');
    await files.delete('filling');
    expect(await remainingFiles(files)).toEqual([]);
    expect(await files.exists(layout.conversationTombstone('c1'))).toBe(true);
    await expect(store.saveMetadata(record)).rejects.toThrow(withCode('not-found'));
    expect(await store.saveMetadata(newRecord('c1'), { recreate: true })).toMatchObject({ conversation_id: 'c1' });
  });

  it('a prune says what makes some, and goes on when that was done', async () => {
    const files = new MemoryFileStore({ maxBytes });
    const store = new FileConversationStore({ files, layout });
    for (const id of ['c1', 'c2', 'c3']) {
      await store.saveMetadata(newRecord(id));
      await files.write(`${layout.eventDirectory(id)}/events.json`, '{}\n'.repeat(1000));
    }
    await fill(files);
    const prune = async (): Promise<readonly string[]> => (await store.prune({ olderThan: new Date('2100-01-01') })).pruned;
    await expect(prune()).rejects.toThrow(/^\[no-space\] .*; delete a conversation by its id first/);
    expect((await store.search()).results).toHaveLength(3);
    await store.deleteMetadata('c1');
    expect((await prune()).toSorted()).toEqual(['c2', 'c3']);
  });

  it('a deletion that finds no room for its tombstone at all says so, has removed everything, and can be repeated', async () => {
    const disk = new MemoryFileStore();
    await new FileConversationStore({ files: disk, layout }).saveMetadata(newRecord('c1'));
    const files = createFaultyFileStore(disk, { faults: [{ operations: ['write'], code: 'no-space' }] });
    const store = new FileConversationStore({ files, layout });
    await expect(store.deleteMetadata('c1')).rejects.toThrow(/^\[no-space\] nothing of conversation "c1" is left, but /);
    expect(await remainingFiles(disk)).toEqual([]);
    await store.deleteMetadata('c1');
  });

  it('no failure but that of room lets a record go before its tombstone', async () => {
    const disk = new MemoryFileStore();
    await new FileConversationStore({ files: disk, layout }).saveMetadata(newRecord('c1'));
    const files = createFaultyFileStore(disk, {
      faults: [
        { operations: ['write'], code: 'no-space', times: 1 },
        { operations: ['write'], code: 'unavailable' },
      ],
    });
    await expect(new FileConversationStore({ files, layout }).deleteMetadata('c1')).rejects.toThrow(withCode('unavailable'));
    expect(await disk.exists(layout.conversationMetadata('c1'))).toBe(true);
  });
});
