import assert from 'node:assert/strict';
import type { AbortOptions, FileStore } from '../file-store.ts';
import { updateFile } from '../update-file.ts';
import type { FileStoreCase } from './file-store-case.ts';
import { collect, randomBytes, repeat, silentAfter } from './test-data.ts';

/** Every method, on a store that holds `file` and `dir/file`. */
const operations: Readonly<Record<string, (store: FileStore, options: AbortOptions) => Promise<unknown>>> = {
  write: (store, options) => store.write('new', 'x', options),
  'write stream': (store, options) => store.write('new', new Blob(['x']).stream(), options),
  append: (store, options) => (store.capabilities.append ? store.append('new', 'x', options) : store.write('new', 'x', options)),
  read: (store, options) => store.read('file', options),
  readBytes: (store, options) => store.readBytes('file', options),
  readStream: async (store, options) => collect(await store.readStream('file', options)),
  open: (store, options) => store.open('file', options),
  stat: (store, options) => store.stat('file', options),
  exists: (store, options) => store.exists('file', options),
  list: (store, options) => store.list('', options),
  entries: (store, options) => collect(store.entries('', options)),
  delete: (store, options) => store.delete('dir', options),
  copy: (store, options) => store.copy('file', 'new', options),
  move: (store, options) => store.move('file', 'new', options),
};

const reads: ReadonlySet<string> = new Set(['read', 'readBytes', 'readStream', 'open', 'stat', 'exists', 'list', 'entries']);

/** Aborts before, and in flight. */
export const abortCases: readonly FileStoreCase[] = [
  {
    name: 'rejects every operation with the reason of a signal that is aborted already, and does nothing',
    run: async (store) => {
      await prepare(store);
      const reason = new Error('stopped before');
      for (const [name, operation] of Object.entries(operations)) {
        await assert.rejects(operation(store, { signal: AbortSignal.abort(reason) }), (error) => error === reason, name);
      }
      assert.deepEqual(await store.list(), ['dir/', 'file']);
    },
  },
  {
    name: 'settles every operation aborted right after the call: with the reason and no effect, or done',
    advice: 'Throw `signal.reason` as long as nothing is changed; when the change is made, succeed.',
    run: async (store) => {
      for (const [name, operation] of Object.entries(operations)) {
        await prepare(store);
        const reason = new Error('stopped at once');
        const controller = new AbortController();
        const running = operation(store, { signal: controller.signal });
        controller.abort(reason);
        const outcome = await running.then(
          () => 'done',
          (error: unknown) => error,
        );
        assert.ok(outcome === reason || (outcome === 'done' && !reads.has(name)), `${name}: ${String(outcome)}`);
        await checkEffect(store, name, outcome === 'done');
      }
    },
  },
  {
    name: 'aborts a write whose source is silent: with the reason, promptly, leaving the old file and nothing else',
    advice:
      'Put the new file in the place of the old one when its source has been read to the end; when the source throws, remove what was stored of it.',
    run: async (store) => {
      await store.write('file', 'old');
      for (const path of ['file', 'new/dir/file']) {
        const { source, silent } = silentAfter(randomBytes(3_000_000, 1), randomBytes(10, 2));
        const reason = new Error('stopped in flight');
        const controller = new AbortController();
        const writing = store.write(path, source, { signal: controller.signal });
        await Promise.race([silent, writing]);
        controller.abort(reason);
        await assert.rejects(writing, (error) => error === reason);
      }
      assert.equal(await store.read('file'), 'old');
      assert.deepEqual(await store.list(), ['file']);
    },
  },
  {
    name: 'ends the source of a write that is aborted',
    advice: 'Read the source with `for await`, or call `return` of its iterator when it is not read to its end.',
    run: async (store) => {
      const cancelled = Promise.withResolvers<unknown>();
      const pulled = Promise.withResolvers<void>();
      const stream = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          controller.enqueue(new Uint8Array(100_000));
          pulled.resolve();
        },
        cancel: (reason) => cancelled.resolve(reason),
      });
      const controller = new AbortController();
      const writing = store.write('file', stream, { signal: controller.signal });
      await pulled.promise;
      controller.abort();
      await assert.rejects(writing, { name: 'AbortError' });
      await cancelled.promise;
      assert.equal(await store.exists('file'), false);
    },
  },
  {
    name: 'aborts a stream and an open file in the middle of reading',
    advice: 'Let the iteration of a body end when `return` is called.',
    run: async (store) => {
      await store.write('large', randomBytes(8_000_000, 8));
      const reason = new Error('stopped reading');
      const controller = new AbortController();
      const reader = (await store.readStream('large', { signal: controller.signal })).getReader();
      await reader.read();
      const file = await store.open('large', { signal: controller.signal });
      controller.abort(reason);
      await assert.rejects(
        async () => {
          while (!(await reader.read()).done);
        },
        (error) => error === reason,
      );
      await assert.rejects(file.bytes(), (error) => error === reason);
      await file.close();
    },
  },
  {
    name: 'aborts a listing between two entries',
    run: async (store) => {
      await repeat(20, 10, (i) => store.write(`dir/${i}`, 'x'));
      const reason = new Error('stopped listing');
      const controller = new AbortController();
      let met = 0;
      await assert.rejects(
        async () => {
          for await (const _entry of store.entries('dir', { signal: controller.signal })) {
            met += 1;
            if (met === 5) {
              controller.abort(reason);
            }
          }
        },
        (error) => error === reason,
      );
      assert.equal(met, 5);
    },
  },
  {
    name: 'aborts an update between reading and writing',
    run: async (store) => {
      await store.write('file', 'old');
      const reason = new Error('stopped updating');
      const controller = new AbortController();
      const updating = updateFile(
        store,
        'file',
        () => {
          controller.abort(reason);
          return 'new';
        },
        { signal: controller.signal },
      );
      await assert.rejects(updating, (error) => error === reason);
      assert.equal(await store.read('file'), 'old');
    },
  },
  {
    name: 'leaves no listener on a signal that outlives many operations',
    advice: 'Remove each listener from `signal` when the operation ends, also when it succeeds.',
    run: async (store) => {
      await prepare(store);
      const { signal } = new AbortController();
      let listeners = 0;
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      const counted = new Set<unknown>();
      signal.addEventListener = (...args: Parameters<typeof add>) => {
        counted.add(args[1]);
        listeners += 1;
        add(...args);
      };
      signal.removeEventListener = (...args: Parameters<typeof remove>) => {
        listeners -= counted.delete(args[1]) ? 1 : 0;
        remove(...args);
      };
      for (const name of ['write', 'write stream', 'read', 'readStream', 'stat', 'list', 'entries', 'copy']) {
        await operations[name]?.(store, { signal });
      }
      assert.equal(listeners, 0);
    },
  },
];

async function prepare(store: FileStore): Promise<void> {
  await store.delete('new');
  await store.write('file', 'file');
  await store.write('dir/file', 'below');
}

async function checkEffect(store: FileStore, name: string, done: boolean): Promise<void> {
  const present = await store.list();
  const changed: Readonly<Record<string, readonly string[]>> = { delete: ['file'], move: ['dir/', 'new'] };
  const before = ['dir/', 'file'];
  const after = reads.has(name) ? before : (changed[name] ?? ['dir/', 'file', 'new']);
  assert.deepEqual(present, done ? after : before, `${name} ${done ? 'done' : 'aborted'}`);
}
