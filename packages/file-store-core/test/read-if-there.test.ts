import { expect, it } from 'vitest';
import { FileStoreError, MemoryFileStore, readIfThere } from '../src/index.ts';
import { interceptFileStore } from '../src/testing/index.ts';

it('reads a text with the info that belongs to it, and a missing file as undefined', async () => {
  const store = new MemoryFileStore();
  expect(await readIfThere(store, 'file')).toBeUndefined();
  const info = await store.write('file', 'text');
  expect(await readIfThere(store, 'file')).toMatchObject({ text: 'text', info: { version: info.version } });
});

it('takes no failure to read for a missing file', async () => {
  const store = new MemoryFileStore();
  await store.write('bytes', new Uint8Array([0xff]));
  await expect(readIfThere(store, 'bytes')).rejects.toMatchObject({ code: 'corrupt' });
  const failing = interceptFileStore(store, async () => {
    throw new FileStoreError('unavailable', 'no answer');
  });
  await expect(readIfThere(failing, 'file')).rejects.toMatchObject({ code: 'unavailable' });
});

it('rejects with the reason of an abort', async () => {
  const reason = new Error('enough');
  await expect(readIfThere(new MemoryFileStore(), 'file', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
