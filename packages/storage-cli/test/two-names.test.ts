import { MemoryFileStore } from '@oh/file-store-core';
import { expect, test } from 'vitest';
import type { StoreScheme } from '../src/index.ts';
import { runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';

/** Schemes for two names of one store that do not tell that they are of one, as those of a bucket that is also mounted. */
function twoNames(store: MemoryFileStore): Readonly<Record<string, StoreScheme>> {
  const scheme = schemeOf(store);
  const resolve: StoreScheme['resolve'] = async (...asked) => {
    const place = await scheme.resolve(...asked);
    return { ...place, storeKey: 'another:', address: `another ${place.address}` };
  };
  return { test: scheme, another: { ...scheme, resolve } };
}

async function textsOf(store: MemoryFileStore): Promise<Readonly<Record<string, string>>> {
  const texts: Record<string, string> = {};
  for await (const { path } of store.entries('', { recursive: true })) {
    texts[path] = await store.read(path);
  }
  return texts;
}

test.each([
  [['cp', '-r', 'test:dir', 'another:dir/deeper/z']],
  [['cp', '-r', 'test:dir/.', 'another:dir']],
  [['cp', '-r', '--if-absent', 'another:dir/.', 'test:dir/z']],
  [['sync', 'test:dir', 'another:dir/z']],
  [['sync', '--delete', 'test:dir/sub', 'another:dir']],
  [['sync', '--delete', '--allow-empty', 'another:dir/sub', 'test:']],
  [['sync', '--checksum', 'test:dir', 'another:dir']],
  [['migrate', '--from', 'test:dir', '--to', 'another:dir/z']],
])('%j, of one place that has two names, is refused and changes nothing', async (argv) => {
  const store = new MemoryFileStore();
  for (const path of ['dir/a', 'dir/sub/b', 'dir/z/c', 'other']) {
    await store.write(path, path);
  }
  const before = await textsOf(store);
  expect(await runCaptured(argv, { schemes: twoNames(store) })).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringMatching(/^oh-storage: \[invalid-argument\] .* of one place that has two names[^\n]*\n$/),
  });
  expect(await textsOf(store)).toEqual(before);
});

test('what lies apart is copied and synced also where a place has two names', async () => {
  const store = new MemoryFileStore();
  await store.write('dir/a', 'a');
  const schemes = twoNames(store);
  for (const argv of [
    ['cp', '-r', 'test:dir', 'another:copied'],
    ['sync', 'test:dir', 'another:synced'],
    ['migrate', '--from', 'test:dir', '--to', 'another:migrated'],
  ]) {
    expect(await runCaptured(argv, { schemes })).toMatchObject({ exitCode: 0 });
  }
  const { 'copied/a': copied, 'synced/a': synced, 'migrated/a': migrated } = await textsOf(store);
  expect({ copied, synced, migrated }).toEqual({ copied: 'a', synced: 'a', migrated: 'a' });
});
