import { FileConversationStore } from '@oh/conversation-store';
import { FileEventStore, importEvents } from '@oh/event-store';
import { MemoryFileStore } from '@oh/file-store-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exportConversation, readBundle } from '../src/actions/conversation-bundle.ts';

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.byteLength; start += size) {
    yield bytes.subarray(start, start + size);
  }
}

test('what is exported is read again, however it is cut into chunks', async () => {
  // JSON has no -0.
  const note = fc.jsonValue({ maxDepth: 3 }).map((value): unknown => JSON.parse(JSON.stringify(value)));
  const metadata = fc.record({ title: fc.string({ unit: 'grapheme' }), note });
  const messages = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(metadata, messages, fc.integer({ min: 1, max: 200 }), async (fields, texts, size) => {
      const files = new MemoryFileStore();
      const conversations = new FileConversationStore({ files });
      const record = await conversations.saveMetadata({ conversation_id: 'c1', selected_repository: null, ...fields });
      const events = new FileEventStore({ files, conversationId: 'c1' });
      await events.appendAll(texts.map((message) => ({ message })));
      const bytes = Buffer.concat(await Array.fromAsync(exportConversation(record, events, {})));
      const { head, events: lines } = await readBundle(inChunks(bytes, size));
      expect(head).toEqual({ $schema: 'urn:oh-storage:conversation-bundle', version: 1, events: texts.length, metadata: record });
      const copy = new FileEventStore({ files: new MemoryFileStore(), conversationId: 'c1' });
      expect(await importEvents(copy, lines)).toBe(texts.length);
      const both = await Promise.all([events, copy].map(async (store) => await Array.fromAsync(store.search())));
      expect(both[1]).toEqual(both[0]);
    }),
    { numRuns: 60 },
  );
});
