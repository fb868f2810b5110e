import { MemoryFileStore } from '@oh/file-store-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileEventStore } from '../src/file-event-store.ts';

const path = 'conversations/c1/events.json';

describe('the file of a log', () => {
  let files: MemoryFileStore;
  let store: FileEventStore;

  beforeEach(() => {
    files = new MemoryFileStore();
    store = new FileEventStore({ files, conversationId: 'c1', now: () => new Date('2026-01-02T03:04:05.678Z') });
  });

  it('has one JSON object a line', async () => {
    const event = { source: 'user', action: 'message', args: { content: 'Grüße 😀\n' } };
    expect(await store.append(event)).toEqual({ id: 0, timestamp: '2026-01-02T03:04:05.678Z', ...event });
    await store.append({ timestamp: '2026-01-01T00:00:00', kind: 'FutureEvent', nested: [[{ a: null }]] });
    expect(await files.read(path)).toBe(
      '{"id":0,"timestamp":"2026-01-02T03:04:05.678Z","source":"user","action":"message","args":{"content":"Grüße 😀\\n"}}\n' +
        '{"id":1,"timestamp":"2026-01-01T00:00:00","kind":"FutureEvent","nested":[[{"a":null}]]}\n',
    );
    expect(await store.get(1)).toEqual({ id: 1, timestamp: '2026-01-01T00:00:00', kind: 'FutureEvent', nested: [[{ a: null }]] });
    expect(await store.latestId()).toBe(1);
    expect((await store.latest())?.id).toBe(1);
  });

  it('keeps unknown fields and all digits of numbers', async () => {
    await files.write(path, '{"z":12345678901234567890,"id":0,"e":1.0e400,"m":-0,"timestamp":"t"}\n');
    const event = await store.get(0);
    expect(JSON.stringify(event)).toBe('{"z":12345678901234567890,"id":0,"e":1.0e400,"m":-0,"timestamp":"t"}');
    const { id, ...fields } = event;
    await store.append(fields);
    expect(await files.read(path)).toContain('{"id":1,"timestamp":"t","z":12345678901234567890,"e":1.0e400,"m":-0}\n');
    expect(id).toBe(0);
  });

  it("is each user's own", async () => {
    const alice = new FileEventStore({ files, conversationId: 'c1', userId: 'alice' });
    await alice.append({ n: 1 });
    expect(await store.latestId()).toBeNull();
    expect(await files.exists('users/alice/conversations/c1/events.json')).toBe(true);
  });
});
