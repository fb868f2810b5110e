import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { measureFolder } from '../src/install/measure-folder.ts';

it('counts packages, those in scopes and nested ones too, and all bytes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'oh-measure-folder-'));
  try {
    const files = [
      'node_modules/one/package.json',
      'node_modules/one/lib/package.json',
      'node_modules/one/lib/index.js',
      'node_modules/one/node_modules/two/package.json',
      'node_modules/@scope/three/package.json',
      'node_modules/.package-lock.json',
      'node_modules/.bin/package.json',
    ];
    for (const file of files) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), '12345');
    }
    expect(await measureFolder(join(folder, 'node_modules'))).toEqual({ packages: 3, bytes: files.length * 5 });
  } finally {
    await rm(folder, { recursive: true });
  }
});
