import { MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileEventStore } from '../src/file-event-store.ts';
import { readFirst } from './read-all.ts';

describe('a log with a file for each event', () => {
  let memory: MemoryFileStore;

  beforeEach(() => {
    memory = new MemoryFileStore();
  });

  function pathOf(id: number): string {
    return `sessions/c1/events/${id}.json`;
  }

  describe('in a tail', () => {
    /** Waits by their time in milliseconds; what calls one ends it. */
    const waits: { readonly ms: number; readonly end: () => void }[] = [];
    const delay = (ms: number): Promise<void> => new Promise((resolve) => waits.push({ ms, end: resolve }));
    const endAll = (isEnded: (ms: number) => boolean): void => {
      for (const { ms, end } of waits.splice(0)) {
        if (isEnded(ms)) {
          end();
        }
      }
    };
    const isPoll = (ms: number): boolean => ms <= 1000;

    beforeEach(() => {
      waits.length = 0;
    });

    /** @param present The ids that are there. */
    async function openTail(present: readonly number[], fromId: number) {
      for (const id of present) {
        await memory.write(pathOf(id), `{"id": ${id}}`);
      }
      const store = new FileEventStore({ files: memory, conversationId: 'c1', layout: sessionsLayout, delay });
      return store.tail(fromId);
    }

    async function waitForWaits(count: number): Promise<void> {
      while (waits.length < count) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }

    it.each([
      ['has been overtaken by others', undefined],
      ['is half written', '{"id": 1, "conte'],
      ['has been begun', ''],
    ])('one that %s is waited for, however often others wake it', async (_what, begun) => {
      const tail = (await openTail([0, 2, 3], 0))[Symbol.asyncIterator]();
      if (begun !== undefined) {
        await memory.write(pathOf(1), begun);
      }
      expect((await tail.next()).value).toMatchObject({ id: 0 });
      const next = tail.next();
      await waitForWaits(2);
      for (let looks = 0; looks < 5; looks += 1) {
        endAll(isPoll);
        await waitForWaits(1);
      }
      await memory.write(pathOf(1), '{"id": 1}');
      endAll(isPoll);
      expect((await next).value).toMatchObject({ id: 1 });
      expect(await readFirst({ unreadable: [], [Symbol.asyncIterator]: () => tail }, 2)).toMatchObject([{ id: 2 }, { id: 3 }]);
    });

    it('one that does not come is passed over after a while, with all that were missing by then', async () => {
      const tail = await openTail([1, 5], 0);
      await memory.write(pathOf(3), '');
      const reading = readFirst(tail, 2);
      await waitForWaits(2);
      expect(waits.map(({ ms }) => ms)).toContain(2000);
      endAll((ms) => ms === 2000);
      expect(await reading).toMatchObject([{ id: 1 }, { id: 5 }]);
      expect(tail.unreadable).toMatchObject([{ first_id: 3, last_id: 3 }]);
    });

    it('one that many have followed is passed over at once', async () => {
      const tail = await openTail(
        Array.from({ length: 66 }, (_, id) => id + 1),
        0,
      );
      await memory.write(pathOf(2), '{');
      expect(await readFirst(tail, 2)).toMatchObject([{ id: 1 }, { id: 3 }]);
      expect(waits).toEqual([]);
    });
  });
});
