import { mkdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LocalFileStore } from '../src/index.ts';

/** Lists files that stay, while they are replaced, or while others come and go beside them, and tells how many a listing has missed or named twice. */
const [disk = '', change = '', count = ''] = process.argv.slice(2);
const root = join(disk, 'root');
const directory = join(root, 'dir');
mkdirSync(directory, { recursive: true });
const names = Array.from({ length: Number(count) }, (_, i) => `file-${i}`);
for (const name of names) {
  writeFileSync(join(directory, name), '');
}
let changes = 0;
const changeOnce: Readonly<Record<string, () => void>> = {
  replace: () => {
    const other = join(root, 'new');
    writeFileSync(other, '');
    renameSync(other, join(directory, names[changes % names.length] ?? ''));
  },
  remove: () => {
    const other = join(directory, `other-${changes}`);
    writeFileSync(other, '');
    unlinkSync(other);
  },
};
const store = new LocalFileStore({ root });
let [missed, twice] = [0, 0];
for (let round = 0; round < 50; round += 1) {
  let isListing = true;
  const listing = store.list('dir').finally(() => {
    isListing = false;
  });
  for (; isListing; await nextTurn()) {
    for (let i = 0; i < 50; i += 1) {
      changes += 1;
      changeOnce[change]?.();
    }
  }
  const listed = (await listing).filter((path) => path.startsWith('dir/file-'));
  const distinct = new Set(listed).size;
  missed += names.length - distinct;
  twice += listed.length - distinct;
}
process.stdout.write(`missed ${missed}, twice ${twice}\n`);
