import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LocalFileStore } from '../src/index.ts';

/** Writes files that are larger than this process may make them, and tells what each call says and what is there afterwards. */
const [root = ''] = process.argv.slice(2);
const large = 'x'.repeat(100_000);
const lines: string[] = [];
for (const durability of ['durable', 'atomic'] as const) {
  const options = { root: join(root, durability), durability };
  const store = new LocalFileStore(options);
  const other = new LocalFileStore(options);
  await store.write('file', 'x'.repeat(1_000));
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    write: () => store.write('file', large),
    stream: () => store.write('file', new Blob([large]).stream()),
    create: () => store.write('new', large, { ifAbsent: true }),
    append: () => store.append('file', large),
    'first append': () => store.append('new', large),
    'append to an open file': async () => {
      await store.write('file', 'x'.repeat(900));
      await store.append('file', 'x'.repeat(50));
      await other.append('file', 'x'.repeat(50));
      await store.append('file', large);
    },
    several: () => Promise.all([store.append('file', large), store.append('file', large)]),
  };
  for (const [name, call] of Object.entries(calls)) {
    const outcome = await call().then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
    lines.push(`${durability} ${name}: ${outcome}, ${(await store.stat('file')).size}, ${(await store.list()).join()}`);
  }
  const left = readdirSync(join(root, durability, '.oh-tmp')).filter((name) => !/^(?:lock|session)-/.test(name));
  lines.push(`${durability} left: ${left.length}`);
  await other.close();
  await store.close();
}
process.stdout.write(`${lines.join('\n')}\n`);
