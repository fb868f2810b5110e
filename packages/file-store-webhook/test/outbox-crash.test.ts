import { type FileStore, MemoryFileStore, withPrefix } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import { expect, it } from 'vitest';
import { BatchedWebHookFileStore, WebHookFileStore, type WebHookOptions } from '../src/index.ts';
import { FileReceiver } from './file-receiver.ts';
import { Receiver } from './receiver.ts';
import { SlotFileStore } from './slot-file-store.ts';

type HookStore = WebHookFileStore | BatchedWebHookFileStore;

const forms: Readonly<Record<string, (files: FileStore, options: WebHookOptions) => HookStore>> = {
  plain: (files, options) => new WebHookFileStore(files, options),
  batched: (files, options) => new BatchedWebHookFileStore(files, { ...options, batchSizeLimitBytes: 4 }),
  halved: (files, options) => new BatchedWebHookFileStore(files, { ...options, batchSizeLimitBytes: 12 }),
};

/** What is done, each step after the one before; every path is written with contents of its own. */
const steps: readonly ((store: HookStore) => Promise<unknown>)[] = [
  (store) => Promise.all([store.write('a', 'a1'), store.write('d/x', 'x1'), store.write('d/y', 'y1')]),
  (store) => Promise.all([store.write('a', 'a2'), append(store, '1')]),
  (store) => store.delete('d/x'),
  (store) => store.write('d/x', 'x2', { ifAbsent: true }),
  (store) => store.write('d/x', 'never', { ifAbsent: true }).catch(() => undefined),
  (store) => store.write('a', Buffer.from('a3')),
  (store) => store.copy('a', 'copy'),
  (store) => store.delete('d'),
  (store) => Promise.all([store.write('d/z', new Blob(['z1']).stream()), append(store, '2')]),
  (store) => store.move('copy', 'moved'),
  (store) => store.delete('a'),
];

/** Appends to a log, or writes it where the store cannot append. */
async function append(store: HookStore, text: string): Promise<void> {
  await (store.capabilities.append ? store.append('log', text) : store.write('log', text));
}

/** What each path was told to have been, when its steps were acknowledged; only writes that were made whole. */
const acknowledged: readonly (readonly [path: string, contents: string][])[] = [
  [
    ['a', 'a1'],
    ['d/x', 'x1'],
    ['d/y', 'y1'],
  ],
  [['a', 'a2']],
  [['d/x', '-']],
  [['d/x', 'x2']],
  [],
  [['a', 'a3']],
  [],
  [['d', '-']],
  [['d/z', 'z1']],
  [],
  [['a', '-']],
];

it.each(
  Object.keys(forms).flatMap((form) =>
    [MemoryFileStore, SlotFileStore].flatMap((Store) =>
      (['before', 'after'] as const).map((at) => ({ form, Store, at, name: Store.name })),
    ),
  ),
)(
  '$form, outbox in a $name, everything fails from any operation on, $at it: nothing is lost, in order, with the same ids',
  { timeout: 120_000 },
  async ({ form, Store, at }) => {
    const open = forms[form];
    let crashes = 0;
    for (let operation = 0; ; operation += 1) {
      await using receiver = await Receiver.start();
      const kept = new FileReceiver();
      const disk = new Store();
      const machine = createFaultyFileStore(disk, {
        faults: [{ skip: operation, times: 1, at }, { skip: operation }],
      });
      let run = 1;
      receiver.answer = (request) => {
        // Whoever is dead sends nothing more.
        if (request.headers['x-run'] !== String(run)) {
          return (response) => response.destroy();
        }
        if (form === 'halved' && (JSON.parse(String(request.body)) as unknown[]).length > 1) {
          return 413;
        }
        kept.take(request);
        // Every third answer is lost.
        return receiver.received.length % 3 === 0 ? (response) => response.destroy() : 200;
      };
      const options = { baseUrl: receiver.baseUrl, attempts: 100, attemptDelayMs: 1, circuitBreaker: { failures: 1_000 } };
      const first = open?.(withPrefix(machine, 'files'), {
        ...options,
        outbox: withPrefix(machine, 'outbox'),
        headers: { 'x-run': '1' },
        closeTimeoutMs: 0,
      });
      const done: (readonly [string, string])[] = [];
      let isDone = true;
      for (const [i, step] of steps.entries()) {
        try {
          await step(first as HookStore);
        } catch {
          isDone = false;
          break;
        }
        done.push(...(acknowledged[i] ?? []));
      }
      run = 2;
      await first?.close().catch(() => undefined);
      if (machine.faultCount === 0 && isDone) {
        break;
      }
      crashes += 1;
      const intact = withPrefix(disk, 'files');
      const second = open?.(intact, { ...options, outbox: withPrefix(disk, 'outbox'), headers: { 'x-run': '2' } });
      await second?.flush();
      const present = await Array.fromAsync(intact.entries('', { recursive: true }), async ({ path }) => [path, await intact.read(path)]);
      const context = `operation ${operation}`;
      expect(Object.fromEntries(kept.files), context).toEqual(Object.fromEntries(present));
      expect([...kept.changedIds], context).toEqual([]);
      if (form === 'plain') {
        for (const path of new Set(done.map(([each]) => each))) {
          const wanted = done.filter(([each]) => each === path).map(([, contents]) => contents);
          expect(isSubsequence(wanted, kept.history.get(path) ?? []), `${context}: ${path} ${wanted} in ${kept.history.get(path)}`).toBe(
            true,
          );
        }
      }
      expect(second?.pending(), context).toEqual({ notices: 0, bytes: 0 });
      await second?.close();
    }
    expect(crashes).toBeGreaterThan(20);
  },
);

function isSubsequence(wanted: readonly string[], all: readonly string[]): boolean {
  let next = 0;
  for (const each of all) {
    next += each === wanted[next] ? 1 : 0;
  }
  return next === wanted.length;
}
