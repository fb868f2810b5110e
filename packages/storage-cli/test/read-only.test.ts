import { LocalFileStore } from '@oh/file-store-local';
import { expect, test } from 'vitest';
import { readOnly } from '../src/locations/read-only.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('what may only be read can be watched, so that nobody has to look again and again', async () => {
  await using store = new LocalFileStore({ root: await temporaryDirectory() });
  await store.write('a', '1');
  const changed = Promise.withResolvers<void>();
  const watch = await readOnly(store).watch?.('a', () => changed.resolve());
  expect(watch).toBeDefined();
  await store.write('a', '2');
  await changed.promise;
  watch?.[Symbol.dispose]();
});
