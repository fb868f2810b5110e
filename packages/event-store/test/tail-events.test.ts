import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileEventStore } from '../src/file-event-store.ts';
import { eventFileStores, type OpenedFiles, openLocal } from './event-stores.ts';
import { readAll, readFirst } from './read-all.ts';
import { withCode } from './with-code.ts';

describe.each(eventFileStores)('a tail on %s', (_name, open) => {
  let opened: OpenedFiles;
  let files: FileStore;
  /** Ends the waiting of the tails, as if their time had come. */
  let look: () => void;

  beforeEach(async () => {
    opened = await open();
    files = opened.files;
    look = () => undefined;
  });

  afterEach(() => opened.remove());

  /** A store whose tails look only when told to. */
  function openPatient(): FileEventStore {
    return new FileEventStore({
      files: opened.reopen(),
      conversationId: 'c1',
      delay: (_ms, { signal }) =>
        new Promise((resolve, reject) => {
          look = resolve;
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
    });
  }

  function openWriter(): FileEventStore {
    return new FileEventStore({ files, conversationId: 'c1' });
  }

  it('has what is there and what comes from this object, without a look at the clock', async () => {
    const store = openPatient();
    await store.appendAll([{}, {}, {}]);
    const reading = readFirst(store.tail(1), 4);
    await store.append({});
    await store.append({});
    expect((await reading).map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  });

  it('has what others append, when it looks', async () => {
    const reader = openPatient();
    const events = reader.tail(0)[Symbol.asyncIterator]();
    const first = events.next();
    const writer = openWriter();
    await writer.append({});
    look();
    const looked = setInterval(() => look(), 1);
    expect((await first).value).toMatchObject({ id: 0 });
    const second = events.next();
    await writer.append({});
    expect((await second).value).toMatchObject({ id: 1 });
    clearInterval(looked);
    await events.return?.();
  });

  it('sees the log exactly while many write it', async () => {
    const readers = [new FileEventStore({ files: opened.reopen(), conversationId: 'c1' }), openWriter()];
    const reading = readers.map((reader) => readFirst(reader.tail(0), 90));
    const writers = [openWriter(), new FileEventStore({ files: opened.reopen(), conversationId: 'c1' }), openWriter()];
    await Promise.all(
      writers.map(async (writer) => {
        for (let n = 0; n < 30; n += 1) {
          await writer.append({ n });
        }
      }),
    );
    for (const events of await Promise.all(reading)) {
      expect(events.map(({ id }) => id)).toEqual(Array.from({ length: 90 }, (_, i) => i));
      expect(events).toEqual(await readAll(openWriter().search()));
    }
  });

  it('ends with the reason of an abort, before it begins and while it waits', async () => {
    const store = openPatient();
    const reason = new Error('enough');
    await expect(readAll(store.tail(0, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    const abort = new AbortController();
    const waiting = readAll(store.tail(0, { signal: abort.signal }));
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it('ends when the store is closed', async () => {
    const store = openPatient();
    await store.append({});
    const waiting = readAll(store.tail(0));
    await store.close();
    await expect(waiting).rejects.toEqual(withCode('closed'));
  });

  it('waits for an id that is not there yet', async () => {
    const store = openPatient();
    const reading = readFirst(store.tail(2), 1);
    await store.append({});
    await store.append({});
    await store.append({ n: 'third' });
    expect(await reading).toMatchObject([{ id: 2, n: 'third' }]);
  });
});

it('hears on the local disk of what others append, without a look at the clock', async () => {
  const { files, reopen, remove } = await openLocal();
  const never = { delay: () => new Promise<void>(() => undefined) };
  const reader = new FileEventStore({ files: reopen(), conversationId: 'c1', ...never });
  const writer = new FileEventStore({ files, conversationId: 'c1' });
  await writer.append({});
  const events = reader.tail(0)[Symbol.asyncIterator]();
  expect((await events.next()).value).toMatchObject({ id: 0 });
  for (let id = 1; id < 20; id += 1) {
    const next = events.next();
    await writer.append({});
    expect((await next).value).toMatchObject({ id });
  }
  await events.return?.();
  await remove();
});

it('hears again when the directory of the log was removed and made anew', async () => {
  const { files, reopen, remove } = await openLocal();
  let look = (): void => undefined;
  const delay = (): Promise<void> =>
    new Promise((resolve) => {
      look = resolve;
    });
  const reader = new FileEventStore({ files: reopen(), conversationId: 'c1', delay });
  const events = reader.tail(0)[Symbol.asyncIterator]();
  await new FileEventStore({ files, conversationId: 'c1' }).append({});
  const first = events.next();
  const looked = setInterval(() => look(), 1);
  expect((await first).value).toMatchObject({ id: 0 });
  const afterwards = events.next();
  await files.delete('conversations/c1');
  const writer = new FileEventStore({ files: reopen(), conversationId: 'c1' });
  await writer.appendAll([{}, {}]);
  expect((await afterwards).value).toMatchObject({ id: 1 });
  clearInterval(looked);
  for (let id = 2; id < 10; id += 1) {
    const next = events.next();
    await writer.append({});
    expect((await next).value).toMatchObject({ id });
  }
  await events.return?.();
  await remove();
});

it('watches the log as long as it is followed, and anew when what was watched has gone', async () => {
  const memory = new MemoryFileStore();
  const watches: { gone: () => void; isEnded: boolean }[] = [];
  const files = new Proxy(memory, {
    get(target, key) {
      if (key === 'watch') {
        return async (_path: string, onChange: (change: 'gone') => void): Promise<Disposable> => {
          const watch = { gone: () => onChange('gone'), isEnded: false };
          watches.push(watch);
          return {
            [Symbol.dispose]: () => {
              watch.isEnded = true;
            },
          };
        };
      }
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  const store = new FileEventStore({ files, conversationId: 'c1' });
  const tail = store.tail(0)[Symbol.asyncIterator]();
  for (let n = 0; n < 4; n += 1) {
    await store.append({ n });
    if (n === 1) {
      watches[0]?.gone();
    }
    expect(await tail.next()).toMatchObject({ value: { n } });
  }
  expect(watches.map(({ isEnded }) => isEnded)).toEqual([true, false]);
  await tail.return?.();
  expect(watches.map(({ isEnded }) => isEnded)).toEqual([true, true]);
});
