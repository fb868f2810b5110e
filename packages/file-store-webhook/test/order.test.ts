import { MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { BatchedWebHookFileStore, WebHookFileStore } from '../src/index.ts';
import { Receiver } from './receiver.ts';

/** Numbers that a seed repeats. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** A receiver that keeps files, in either form; a delete takes what lies below along; an id that it knows changes nothing. */
class FileReceiver {
  readonly files = new Map<string, string>();
  readonly history = new Map<string, string[]>();
  readonly #known = new Set<unknown>();

  take(id: unknown, items: readonly { readonly method: string; readonly path: string; readonly content?: string }[]): void {
    if (this.#known.has(id)) {
      return;
    }
    this.#known.add(id);
    for (const { method, path, content = '' } of items) {
      this.history.set(path, [...(this.history.get(path) ?? []), method === 'POST' ? content : '-']);
      if (method === 'POST') {
        this.files.set(path, content);
      } else {
        for (const file of [...this.files.keys()].filter((each) => each === path || each.startsWith(`${path}/`))) {
          this.files.delete(file);
        }
      }
    }
  }
}

describe.each(['plain', 'batched'])('%s, with a receiver that fails three times in ten, or loses its answer', (form) => {
  it('tells the changes of each path in their order, and leaves the receiver with what the store holds', async () => {
    await using receiver = await Receiver.start();
    const random = chance(form.length);
    const kept = new FileReceiver();
    receiver.answer = ({ method, target, headers, body }) => {
      const fate = random();
      if (fate < 0.2) {
        return 500;
      }
      const items = form === 'plain' ? [{ method, path: target.slice('/hook/'.length), content: String(body) }] : JSON.parse(String(body));
      kept.take(headers['webhook-id'], items);
      return fate < 0.3 ? (response) => response.destroy() : 200;
    };
    const files = new MemoryFileStore();
    const options = { baseUrl: receiver.baseUrl, attempts: 1_000, attemptDelayMs: 1, circuitBreaker: { failures: 1_000 } };
    const store =
      form === 'plain'
        ? new WebHookFileStore(files, options)
        : new BatchedWebHookFileStore(files, { ...options, batchSizeLimitBytes: 100 });
    const written = new Map<string, string[]>();
    const paths = ['a', 'd/x', 'd/y', 'd/e/z', 'b'];
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let i = 0; i < 60; i += 1) {
          const path = paths[Math.floor(random() * paths.length)] ?? 'a';
          if (random() < 0.2) {
            await store.delete(random() < 0.5 ? 'd' : path);
          } else {
            await store.write(path, `${writer}.${i}`).then(() => written.set(path, [...(written.get(path) ?? []), `${writer}.${i}`]));
          }
        }
      }),
    );
    await store.flush();
    const present = await Array.fromAsync(files.entries('', { recursive: true }), async ({ path }) => [path, await files.read(path)]);
    expect(Object.fromEntries(kept.files)).toEqual(Object.fromEntries(present));
    for (const [path, contents] of form === 'plain' ? written : []) {
      expect(kept.history.get(path)?.filter((content) => content !== '-')).toEqual(contents);
    }
    await store.close();
  });
});

describe.each(['plain', 'batched'])('%s: what has to be looked at', (form) => {
  it('never shows what comes after a later notice of its path, and is left out where one follows', async () => {
    await using receiver = await Receiver.start();
    const release = receiver.hold();
    const options = { baseUrl: receiver.baseUrl };
    const files = new MemoryFileStore();
    const store =
      form === 'plain' ? new WebHookFileStore(files, options) : new BatchedWebHookFileStore(files, { ...options, batchSizeLimitBytes: 1 });
    await store.write('p', '1');
    await receiver.count(1);
    await store.append('p', '+');
    await store.write('p', '2');
    await store.write('p', '3');
    release();
    await store.flush();
    await store.append('p', '+');
    await store.close();
    const contents = receiver.received.map(({ body }) => (form === 'plain' ? String(body) : JSON.parse(String(body))[0].content));
    expect(contents).toEqual(['1', '2', '3', '3+']);
  });

  it('is left out too where one follows while it is looked at', async () => {
    await using receiver = await Receiver.start();
    const files = new MemoryFileStore();
    const options = { baseUrl: receiver.baseUrl };
    const store =
      form === 'plain' ? new WebHookFileStore(files, options) : new BatchedWebHookFileStore(files, { ...options, batchSizeLimitBytes: 1 });
    const readStream = files.readStream.bind(files);
    const looked = Promise.withResolvers<void>();
    files.readStream = async (...args) => {
      files.readStream = readStream;
      await store.write('p', '2');
      await store.write('p', '3');
      looked.resolve();
      return await readStream(...args);
    };
    await store.append('p', '1');
    await Promise.all([looked.promise, store.flush()]);
    await store.close();
    const contents = receiver.received.map(({ body }) => (form === 'plain' ? String(body) : JSON.parse(String(body))[0].content));
    expect(contents).toEqual(['2', '3']);
  });
});

it('tells changes in the order in which the store makes them, however late it answers', async () => {
  await using receiver = await Receiver.start();
  const files = new MemoryFileStore();
  const late = Promise.withResolvers<void>();
  const write = files.write.bind(files);
  files.write = async (path, contents, options) => {
    const info = await write(path, contents, options);
    if (String(contents) === '1') {
      await late.promise;
    }
    return info;
  };
  const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl });
  const writing = [store.write('d/p', '1'), store.write('d/p', '2'), store.delete('d')];
  await new Promise((resolve) => setImmediate(resolve));
  late.resolve();
  await Promise.all(writing);
  await store.close();
  expect(receiver.received.map(({ method, body }) => `${method} ${body}`)).toEqual(['POST 1', 'POST 2', 'DELETE ']);
});

it('lets go a writer that is aborted while another one has its path, with the reason, and nothing is written', async () => {
  await using receiver = await Receiver.start();
  const { promise: written, resolve: goOn } = Promise.withResolvers<void>();
  const memory = new MemoryFileStore();
  const files = interceptFileStore(memory, async (operation) => {
    await (operation === 'write' ? written : undefined);
  });
  const store = new WebHookFileStore(files, { baseUrl: receiver.baseUrl });
  const first = store.write('a', '1');
  const controller = new AbortController();
  const second = store.write('a', '2', { signal: controller.signal });
  await new Promise((resolve) => setImmediate(resolve));
  const reason = new Error('given up');
  controller.abort(reason);
  await expect(second).rejects.toBe(reason);
  goOn();
  await first;
  await store.close();
  expect(receiver.told).toEqual(['POST a']);
});

it('tells a directory delete after everything before it below, and before everything behind it', async () => {
  await using receiver = await Receiver.start();
  const gate = Promise.withResolvers<void>();
  receiver.answer = async ({ target }) => {
    if (target.endsWith('/d/x')) {
      await gate.promise;
    }
    return 200;
  };
  const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl });
  await store.write('d/x', '1');
  await store.delete('d');
  await store.write('d/y', '2');
  await store.write('other', '3');
  await receiver.count(2);
  expect(receiver.told.toSorted()).toEqual(['POST d/x', 'POST other']);
  gate.resolve();
  await store.flush();
  expect(receiver.told.filter((each) => each !== 'POST other')).toEqual(['POST d/x', 'DELETE d', 'POST d/y']);
  await store.close();
});
