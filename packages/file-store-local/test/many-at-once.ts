import { LocalFileStore } from '../src/index.ts';

/** Writes, looks at and reads 1,000 files at once, more than may be open, and tells how many came back. */
const [root = ''] = process.argv.slice(2);
const texts: string[] = [];
for (const durability of ['durable', 'atomic'] as const) {
  const store = new LocalFileStore({ root: `${root}/${durability}`, durability });
  const paths = Array.from({ length: 1_000 }, (_, i) => `dir-${i % 7}/${i}`);
  const written = await Promise.all(paths.map((path) => store.write(path, path.repeat(1_000))));
  const seen = await Promise.all(paths.map((path) => store.exists(path)));
  const read = await Promise.all(paths.map(async (path) => (await store.read(path)) === path.repeat(1_000)));
  texts.push(`${durability} ${written.length} ${seen.filter(Boolean).length} ${read.filter(Boolean).length}`);
  await store.close();
}
process.stdout.write(`${texts.join(', ')}\n`);
