import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileStore, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { copyOpenHandsHome, readExpectedEvents } from '@oh-tools/fixtures';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileEventStore } from '../src/file-event-store.ts';

describe('the events of a folder that OpenHands wrote', () => {
  const expected = readExpectedEvents();
  let parent: string;
  let root: string;
  let files: LocalFileStore;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'event-store-'));
    root = join(parent, 'home');
    await copyOpenHandsHome(root);
    files = new LocalFileStore({ root, durability: 'atomic' });
  });

  afterEach(async () => {
    await files.close();
    await rm(parent, { recursive: true });
  });

  function open(conversationId: string, over: FileStore = files): FileEventStore {
    const userId = expected[conversationId]?.user_id ?? undefined;
    return new FileEventStore({ files: over, conversationId, layout: sessionsLayout, userId });
  }

  it('are spelled again byte for byte as OpenHands spells them', async () => {
    let compared = 0;
    for (const [id, { user_id, next_id, damaged_ids, missing_ids }] of Object.entries(expected)) {
      const directory = sessionsLayout.eventDirectory(id, user_id ?? undefined);
      const copy = new MemoryFileStore();
      const target = new FileEventStore({ files: copy, conversationId: id, layout: sessionsLayout });
      for await (const { id: n, ...fields } of open(id).search()) {
        const { id: given } = await target.append(fields);
        const text = await copy.read(`sessions/${id}/events/${given}.json`);
        expect(text.replace(/^\{"id": \d+/, `{"id": ${n}`)).toBe(await readFile(join(root, directory, `${n}.json`), 'utf8'));
        compared += 1;
      }
      expect(await target.latestId()).toBe(next_id - damaged_ids.length - missing_ids.length - 1);
    }
    expect(compared).toBe(Object.values(expected).reduce((sum, { readable }) => sum + readable, 0));
  });

  it('go on with the id that OpenHands would give next, in the file it would write', async () => {
    const id = '6513270e269e0d37f2a74de452e6b438';
    const store = new FileEventStore({ files, conversationId: id, layout: sessionsLayout, now: () => new Date(2026, 0, 2, 3, 4, 5, 60) });
    const event = { source: 'user', args: { content: 'Grüße 😀\u007f', f: 0.00001, g: 1.5 }, action: 'message', cause: null };
    expect(await store.append(event, { operationId: 'op' })).toMatchObject({ id: 60, operation_id: 'op' });
    expect(await files.read(`sessions/${id}/events/60.json`)).toBe(
      '{"id": 60, "timestamp": "2026-01-02T03:04:05.060000", "source": "user", "action": "message", ' +
        '"args": {"content": "Gr\\u00fc\\u00dfe \\ud83d\\ude00\\u007f", "f": 1e-05, "g": 1.5}, "operation_id": "op"}',
    );
    expect(await open(id).append(event, { operationId: 'op' })).toMatchObject({ id: 60 });
    expect(await open(id).append({})).toMatchObject({ id: 61 });
  });
});
