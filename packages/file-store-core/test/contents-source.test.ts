import { once } from 'node:events';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { type FileContents, MemoryFileStore } from '../src/index.ts';

async function readAll<T extends AsyncIterable<Uint8Array>>(stream: T): Promise<T> {
  for await (const _ of stream) {
    // Only its end counts.
  }
  return stream;
}

describe('a stream that others have read to its end', () => {
  let store: MemoryFileStore;

  beforeEach(async () => {
    store = new MemoryFileStore();
    await store.write('file', 'old');
  });

  it.each<[string, () => FileContents]>([
    ['of Node', () => Readable.from([Buffer.from('new')])],
    ['of the web', () => new Blob(['new']).stream()],
  ])('is refused, and empties no file: one %s', async (_, open) => {
    const stream = await readAll(open() as AsyncIterable<Uint8Array>);
    await expect(store.write('file', stream)).rejects.toMatchObject({ code: 'invalid-argument', path: 'file' });
    await expect(store.append('file', stream)).rejects.toMatchObject({ code: 'invalid-argument', path: 'file' });
    expect(await store.read('file')).toBe('old');
  });

  it('is no contents when nothing was in it', async () => {
    const empty = Readable.from([]).resume();
    await once(empty, 'end');
    expect(await store.write('file', empty)).toMatchObject({ size: 0 });
  });

  it('is written as far as others have left it', async () => {
    const stream = Readable.from([Buffer.from('head'), Buffer.from('body')]);
    await stream.iterator({ destroyOnReturn: false }).next();
    await store.write('file', stream);
    expect(await store.read('file')).toBe('body');
  });

  it('fails with its own error when it has one', async () => {
    const failure = new Error('mine');
    const stream = Readable.from([Buffer.from('new')]);
    stream.on('error', () => undefined).destroy(failure);
    await expect(store.write('file', stream)).rejects.toBe(failure);
  });
});
