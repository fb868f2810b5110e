import { type AbortOptions, type FileStore, type FileStoreErrorCode, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, type FileStoreFault, interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { WebHookFileStore } from '../src/index.ts';
import { readOutboxLog } from '../src/outbox-files.ts';
import { OutboxLog } from '../src/outbox-log.ts';
import { type OutboxRecord, toLine } from '../src/outbox-record.ts';
import { Receiver } from './receiver.ts';
import { SlotFileStore } from './slot-file-store.ts';

const open = toLine({ t: 'open', v: 1 });

function intent(id: string): string {
  return toLine({ t: 'intent', id, n: Number(id), path: `file-${id}`, change: { kind: 'changed' } });
}

async function takeOver(store: FileStore): Promise<OutboxLog> {
  return await OutboxLog.takeOver(store, async (records) => [open, ...records.filter(({ t }) => t === 'intent').map(toLine)], {});
}

async function intents(store: FileStore): Promise<readonly string[]> {
  const isIntent = (record: OutboxRecord): boolean => record.t === 'intent';
  return (await readOutboxLog(store, {})).filter(isIntent).map((record) => ('id' in record ? record.id : ''));
}

describe.each([MemoryFileStore, SlotFileStore])('a log of an outbox in a %o', (Store) => {
  /** A log with one intent, the writes of whose replacements fail. */
  async function failWrites(faults: readonly FileStoreFault[]): Promise<{ store: FileStore; log: OutboxLog }> {
    const store = new Store();
    const skip = store.capabilities.append ? 1 : 2;
    const log = await takeOver(
      createFaultyFileStore(store, { faults: faults.map((fault) => ({ operations: ['write'], skip, times: 1, ...fault })) }),
    );
    await log.add(intent('1'));
    return { store, log };
  }

  /** A log with one intent, whose replacement has failed so that nobody knows whether it was made. */
  async function failReplacement(
    at: 'before' | 'after',
    code: FileStoreErrorCode = 'unavailable',
    later: readonly FileStoreFault[] = [],
  ): Promise<{ store: FileStore; log: OutboxLog }> {
    const { store, log } = await failWrites([{ at, code }, ...later]);
    await expect(log.replace([open, intent('1')])).rejects.toMatchObject({ code });
    expect(log.isBeingReplaced).toBe(true);
    await expect(log.add(intent('2'))).rejects.toMatchObject({ code });
    return { store, log };
  }

  it.each([1, 2])('is written no more when it has been taken over %d times', async (takeOvers) => {
    for (const change of [(log: OutboxLog) => log.add(intent('1')), (log: OutboxLog) => log.replace([open, intent('1')])]) {
      const store = new Store();
      const log = await takeOver(store);
      let owner = await takeOver(store);
      for (let more = 1; more < takeOvers; more += 1) {
        owner = await takeOver(store);
      }
      await expect(change(log)).rejects.toMatchObject({ code: 'closed' });
      await owner.add(intent('2'));
      expect(await intents(store)).toEqual(['2']);
    }
  });

  it.each(['adding', 'reading'] as const)('knows an addition whose answer was lost, also after %s has failed then', async (second) => {
    const store = new Store();
    const adding = store.capabilities.append ? 'append' : 'write';
    let step = 0;
    const failing = createFaultyFileStore(store, {
      faults: [
        { operations: [adding], match: () => step === 1, at: 'after' },
        { operations: [second === 'adding' ? adding : 'open'], match: () => step === 2 },
      ],
    });
    const log = await takeOver(failing);
    const all = [intent('1'), intent('2'), intent('3')];
    for (step = 1; step <= 2; step += 1) {
      await expect(log.add(all.slice(0, step).join(''))).rejects.toMatchObject({ code: 'unavailable' });
    }
    await log.add(all.join(''));
    expect(new Set(await intents(store))).toEqual(new Set(['1', '2', '3']));
  });

  it('stays in use when its replacement is refused', async () => {
    const { store, log } = await failWrites([{ code: 'no-space' }]);
    await expect(log.replace([open, intent('1')])).rejects.toMatchObject({ code: 'no-space' });
    expect(log.isBeingReplaced).toBe(false);
    await log.add(intent('2'));
    expect(await intents(store)).toEqual(['1', '2']);
    const next = await log.replace([open, intent('1'), intent('2')]);
    await next.add(intent('3'));
    expect(await intents(store)).toEqual(['1', '2', '3']);
  });

  it.each(['before', 'after'] as const)('is not added to while its replacement is open, which failed %s it was made', async (at) => {
    const { store, log } = await failReplacement(at, 'unknown', [{ code: 'no-space' }]);
    await expect(log.replace([])).rejects.toMatchObject({ code: 'no-space' });
    expect(log.isBeingReplaced).toBe(true);
    await expect(log.add(intent('2'))).rejects.toMatchObject({ code: 'no-space' });
    await (await log.replace([])).add(intent('2'));
    expect(await intents(store)).toEqual(['1', '2']);
  });

  it.each(['before', 'after'] as const)('goes on when its replacement is tried again, which failed %s it was made', async (at) => {
    const { store, log } = await failReplacement(at);
    const next = await log.replace([]);
    expect(next.isBeingReplaced).toBe(false);
    await next.add(intent('2'));
    expect(await intents(store)).toEqual(['1', '2']);
    expect(await store.list('log')).toHaveLength(1);
  });

  it.each(['before', 'after'] as const)(
    'is not taken back from who took it over after its replacement failed %s it was made',
    async (at) => {
      for (const takeOvers of [1, 2]) {
        const { store, log } = await failReplacement(at);
        let owner = await takeOver(store);
        for (let more = 1; more < takeOvers; more += 1) {
          owner = await takeOver(store);
        }
        await expect(log.replace([])).rejects.toMatchObject({ code: 'closed' });
        await expect(log.add(intent('2'))).rejects.toMatchObject({ code: 'closed' });
        await owner.add(intent('3'));
        expect(await intents(store)).toEqual(['1', '3']);
      }
    },
  );

  it('is taken over with the signal in every request', async () => {
    const store = new Store();
    const log = await takeOver(store);
    await log.add(intent('1'));
    const { signal } = new AbortController();
    const requests: string[] = [];
    const watched = interceptFileStore(store, (operation, path, options) => {
      requests.push(operation);
      expect((options as AbortOptions | undefined)?.signal, `${operation} of ${String(path)}`).toBe(signal);
    });
    await OutboxLog.takeOver(watched, async () => [open], { signal });
    expect(requests).toEqual(expect.arrayContaining(['list', 'entries', 'readBytes', 'write', 'delete']));
    await expect(log.add(intent('2'))).rejects.toMatchObject({ code: 'closed' });
  });

  it('is not taken over while it cannot be read, and loses nothing', async () => {
    const store = new Store();
    const log = await takeOver(store);
    await log.add(intent('1'));
    for (const match of [(path: string) => path.startsWith('log/'), (path: string) => path.endsWith('0')]) {
      const unreadable = createFaultyFileStore(store, { faults: [{ operations: ['open'], match, code: 'permission-denied' }] });
      await expect(takeOver(unreadable)).rejects.toMatchObject({ code: 'permission-denied' });
      await expect(readOutboxLog(unreadable, {})).rejects.toMatchObject({ code: 'permission-denied' });
    }
    await takeOver(store);
    expect(await intents(store)).toEqual(['1']);
  });

  it('is read as its successor when it is replaced between two requests', async () => {
    const store = new Store();
    const log = await takeOver(store);
    await log.add(intent('1'));
    let isReplaced = false;
    const racing = interceptFileStore(store, async (operation) => {
      if (operation === 'readBytes' && !isReplaced) {
        isReplaced = true;
        await log.replace([open, intent('1')]);
      }
    });
    expect(await intents(racing)).toEqual(['1']);
    expect(isReplaced).toBe(true);
  });

  it.each(['taken over', 'read'] as const)('is passed over when it is being removed while it is %s', async (how) => {
    const store = new SlotFileStore();
    const log = await takeOver(store);
    await log.add(intent('1'));
    let isReplaced = false;
    const racing = interceptFileStore(store, async (operation, path) => {
      if (operation === 'entries' && path === 'log/000000000001' && !isReplaced) {
        isReplaced = true;
        await log.replace([open, intent('1')]);
        // Object stores remove one file after the other: this one is still there.
        await store.write('log/000000000001/000000000001', intent('1'));
      }
    });
    if (how === 'taken over') {
      await takeOver(racing);
    }
    expect(await intents(racing)).toEqual(['1']);
    expect(isReplaced).toBe(true);
  });

  it('goes on where what it replaces cannot be removed, which the next one does that can', async () => {
    const store = new Store();
    const keeping = createFaultyFileStore(store, { faults: [{ operations: ['delete'], code: 'permission-denied' }] });
    const log = await takeOver(keeping);
    await log.add(intent('1'));
    const next = await log.replace([open, intent('1')]);
    await next.add(intent('2'));
    expect(await intents(store)).toEqual(['1', '2']);
    expect(await store.list('log')).toHaveLength(2);
    await takeOver(store);
    expect(await intents(store)).toEqual(['1', '2']);
    expect(await store.list('log')).toHaveLength(1);
  });
});

it('a store makes changes again when the log of its outbox could not be replaced for a while', async () => {
  await using receiver = await Receiver.start();
  const faults = [{ operations: ['write'] as const, skip: 1, times: 2, code: 'unavailable' as const }];
  const outbox = createFaultyFileStore(new MemoryFileStore(), { faults });
  const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, outbox });
  const outcomes: string[] = [];
  for (let round = 0; round < 8; round += 1) {
    const written = store.write(`file-${round}`, 'x'.repeat(3_000_000));
    outcomes.push(
      await written.then(
        () => 'written',
        () => 'failed',
      ),
    );
  }
  expect(outcomes).toContain('failed');
  expect(outcomes.at(-1)).toBe('written');
  await store.close();
  expect(receiver.received.length).toBe(outcomes.filter((outcome) => outcome === 'written').length);
});

it('a store makes changes, and loses none, while there is no room for a shorter log of its outbox', async () => {
  await using receiver = await Receiver.start();
  receiver.answer = () => 500;
  const disk = new MemoryFileStore();
  const outbox = createFaultyFileStore(disk, { faults: [{ operations: ['write'], skip: 1, code: 'no-space' }] });
  const files = new MemoryFileStore();
  const options = { baseUrl: receiver.baseUrl, contents: 'full', attempts: 1, retryDelaysMs: [3_600_000] } as const;
  const store = new WebHookFileStore(files, { ...options, outbox });
  for (let round = 0; round < 6; round += 1) {
    await store.write(`file-${round}`, 'x'.repeat(2_000_000));
  }
  expect(outbox.faultCount).toBe(1);
  await store.close();
  receiver.answer = () => 200;
  receiver.received.length = 0;
  const next = new WebHookFileStore(files, { ...options, outbox: disk });
  await next.flush();
  await next.close();
  expect(receiver.told.toSorted()).toEqual(await files.list().then((paths) => paths.map((path) => `POST ${path}`)));
});
