import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalFileStore } from '../src/index.ts';

/** Fills the disk at a path to the last byte and the last file, and tells what a store says there. */
const [disk = ''] = process.argv.slice(2);
const root = join(disk, 'root');
const lines: string[] = [];
for (const durability of ['durable', 'atomic'] as const) {
  const before = new LocalFileStore({ root, durability });
  const { version } = await before.write('file', 'x');
  for (const path of ['dir/a', 'dir/sub/b', 'kept']) {
    await before.write(path, 'x'.repeat(10_000), { metadata: { a: 'b' } });
  }
  await before.close();
  const fillers: string[] = [];
  for (const [name, call] of Object.entries({
    write: (store: LocalFileStore) => store.write('file', 'y'),
    'conditional delete': (store: LocalFileStore) => store.delete('file', { ifVersion: version }),
    delete: (store: LocalFileStore) => store.delete('file'),
    'delete of a directory': (store: LocalFileStore) => store.delete('dir'),
    'write afterwards': (store: LocalFileStore) => store.write('new', 'y'),
  })) {
    if (!name.endsWith('afterwards')) {
      fill(disk, fillers);
    }
    const store = new LocalFileStore({ root, durability });
    const outcome = await call(store).then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
    lines.push(`${durability} ${name}: ${outcome}, ${(await store.list()).join()}`);
    await store.close();
  }
  for (const filler of fillers) {
    rmSync(filler);
  }
  rmSync(root, { recursive: true });
}
process.stdout.write(`${lines.join('\n')}\n`);

function fill(directory: string, fillers: string[]): void {
  for (const contents of ['x'.repeat(4096), '']) {
    try {
      for (;;) {
        const filler = join(directory, `filler-${fillers.length}`);
        fillers.push(filler);
        writeFileSync(filler, contents);
      }
    } catch {
      // Full.
      rmSync(fillers.pop() ?? '', { force: true });
    }
  }
}
