import { readdirSync, unlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileStore, type FileStore } from '@oh/file-store-core';
import { describeFileStore } from '@oh/file-store-core/testing';
import { afterAll, expect, it } from 'vitest';
import { LocalFileStore } from '../src/index.ts';
import { LocalDriver, realDiskCalls } from '../src/local-driver.ts';

const base = await mkdtemp(join(tmpdir(), 'oh-local-slow-'));
afterAll(() => rm(base, { recursive: true }));

/** A store that takes its disk for one that answers after a millisecond: nearly all of its calls go to the thread pool. */
async function openSlow(): Promise<FileStore> {
  return openSlowAt(await newRoot());
}

const newRoot = (): Promise<string> => mkdtemp(join(base, 'root-'));

function openSlowAt(root: string): FileStore {
  let now = 0;
  return createFileStore(new LocalDriver({ root, durability: 'atomic' }, { ...realDiskCalls, now: () => (now += 1) }));
}

const capabilities = {
  conditions: true,
  append: true,
  metadata: true,
  fileBesideDirectory: false,
  maxFileBytes: Number.POSITIVE_INFINITY,
};

describeFileStore('LocalFileStore, on a slow disk', { open: openSlow, capabilities });

it('leaves no temporary file behind, and lists and reads what it wrote', async () => {
  const root = await newRoot();
  const numbers = Array.from({ length: 200 }, (_, i) => i);
  await using store = openSlowAt(root);
  await Promise.all(numbers.map((i) => store.write(`dir-${i % 3}/${i}`, 'text', { ifAbsent: true })));
  await Promise.all(numbers.map((i) => store.write(`dir-${i % 3}/${i}`, 'other')));
  expect(await Promise.all(numbers.map((i) => store.read(`dir-${i % 3}/${i}`)))).toEqual(numbers.map(() => 'other'));
  expect(await Array.fromAsync(store.entries('', { recursive: true }))).toHaveLength(200);
  expect(readdirSync(join(root, '.oh-tmp')).filter((name) => !/^(?:session|lock)-/.test(name))).toEqual([]);
});

it.each([
  ['quick', (root: string) => new LocalFileStore({ root })],
  ['slow', openSlowAt],
] as const)('lists what stays when one file goes before it is looked at, on a %s disk', async (_, open) => {
  const root = await newRoot();
  await using store = open(root);
  await Promise.all(Array.from({ length: 200 }, (_, i) => store.write(`${i + 100}`, '')));
  const seen: string[] = [];
  for await (const { path } of store.entries()) {
    if (seen.length === 0) {
      unlinkSync(join(root, '290'));
    }
    seen.push(path);
  }
  expect(seen).toHaveLength(199);
});
