import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { filesLeftBelow, readIfLeft } from '../src/files-left.ts';

it('finds the files below a directory, and passes over what is removed meanwhile', async () => {
  const root = await mkdtemp(join(tmpdir(), 'oh-files-left-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const names = ['a', 'b', 'c'];
  for (const name of names) {
    await mkdir(join(root, name));
    await writeFile(join(root, name, 'file'), name);
  }
  const found: string[] = [];
  for await (const file of filesLeftBelow(root)) {
    found.push((await readIfLeft(file)).toString());
    for (const name of names.filter((each) => each !== found[0])) {
      await rm(join(root, name), { recursive: true, force: true });
    }
  }
  expect(found).toHaveLength(1);
  expect(names).toContain(found[0]);
  expect(await readIfLeft(join(root, 'gone'))).toEqual(Buffer.alloc(0));
  await expect(readIfLeft(root)).rejects.toMatchObject({ code: 'EISDIR' });
});
