import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LocalFileStore } from '../src/index.ts';
import { LocalRoot } from '../src/local-root.ts';
import { removeTree } from '../src/remove-tree.ts';
import { temporaryDirectory } from './temporary-root.ts';

it('removes what somebody puts into a directory while it is removed', async () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'dir/deep'), { recursive: true });
  writeFileSync(join(root, 'dir/deep/file'), 'x');
  let late = 3;
  await removeTree(new LocalRoot(root), join(root, 'dir'), { path: 'dir' }, async () => {
    late -= 1;
    if (late >= 0) {
      writeFileSync(join(root, `dir/deep/late-${late}`), 'x');
    }
  });
  expect(readdirSync(root)).toEqual([]);
});

it.runIf(process.platform === 'linux')('deletes what has a name that is not UTF-8', async () => {
  const root = temporaryDirectory();
  const store = new LocalFileStore({ root });
  await store.write('dir/file', 'x');
  const odd = Buffer.concat([Buffer.from(`${root}/dir/`), Buffer.from([0xff])]);
  mkdirSync(odd);
  writeFileSync(Buffer.concat([odd, Buffer.from([0x2f, 0xfe])]), 'x');
  await store.delete('dir');
  await store.close();
  expect(readdirSync(root)).toEqual([]);
});

it('keeps nobody from the path of a directory while what was in it is removed', { timeout: 120_000 }, async () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'dir'));
  for (let i = 0; i < 2_000; i += 1) {
    writeFileSync(join(root, `dir/${i}`), '');
  }
  const store = new LocalFileStore({ root, durability: 'atomic' });
  const deleting = store.delete('dir');
  await expect.poll(() => existsSync(join(root, 'dir')), { interval: 1, timeout: 30_000 }).toBe(false);
  await store.write('dir', 'a file');
  const away = readdirSync(join(root, '.oh-tmp')).filter((name) => /^[0-9a-f]{16}-\d+$/.test(name));
  expect(away).toHaveLength(1);
  expect(readdirSync(join(root, '.oh-tmp', away[0] ?? '')).length).toBeGreaterThan(0);
  await deleting;
  expect(await store.read('dir')).toBe('a file');
  await store.close();
  expect(readdirSync(root)).toEqual(['dir']);
});

it('fails when all that it has begun has ended, so that nothing goes on behind a store that is closed', async () => {
  const root = new LocalRoot(temporaryDirectory());
  mkdirSync(join(root.directory, 'dir'));
  writeFileSync(join(root.directory, 'dir/refused'), 'x');
  writeFileSync(join(root.directory, 'dir/slow'), 'slow');
  const refused = new Error('refused');
  const removing = removeTree(root, join(root.directory, 'dir'), { path: 'dir' }, async ({ size }) => {
    if (size === 1n) {
      throw refused;
    }
    for (let turn = 0; turn < 10; turn += 1) {
      await nextTurn();
    }
  });
  await expect(removing).rejects.toBe(refused);
  expect(readdirSync(join(root.directory, 'dir'))).toEqual(['refused']);
});
