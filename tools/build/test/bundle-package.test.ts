import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { bundlePackage } from '../src/bundle-package.ts';

async function makePackage(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'oh-build-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

const manifest = JSON.stringify({
  type: 'module',
  exports: {
    '.': { '@oh/source': './src/index.ts' },
    './testing': { '@oh/source': './src/testing/index.ts' },
    './package.json': './package.json',
  },
});

it('makes one module for each entry, shares what both use, and leaves imports of packages', async () => {
  const directory = await makePackage({
    'package.json': manifest,
    'src/shared.ts': 'export class Shared { readonly made = true; }',
    'src/index.ts': `import { sep } from 'node:path';\nexport { Shared } from './shared.ts';\nexport const separator: string = sep;`,
    'src/testing/index.ts': `import { expect } from 'vitest';\nimport { Shared } from '../shared.ts';\nexport const isShared = (value: unknown): boolean => value instanceof Shared || expect === undefined;`,
    'src/bin.ts': `import { separator } from './index.ts';\nconsole.log(separator);`,
    'dist/stale.js': '',
    'dist/index.d.ts': 'export {};',
  });
  await bundlePackage(directory);
  const made = (await readdir(join(directory, 'dist'), { recursive: true })).filter((name) => /\.(js|ts)$/.test(name));
  expect(made.map((name) => name.replace(/chunk-.*\.js/, 'chunk.js')).sort()).toEqual(
    ['bin.js', 'chunk.js', 'chunk.js', 'index.d.ts', 'index.js', 'testing/index.js'].sort(),
  );
  expect(await readFile(join(directory, 'dist/testing/index.js'), 'utf8')).toMatch(/from "vitest"/);
  const { Shared, separator } = await import(pathToFileURL(join(directory, 'dist/index.js')).href);
  expect([new Shared().made, typeof separator]).toEqual([true, 'string']);
});

it('fails where an import leads nowhere', async () => {
  const directory = await makePackage({ 'package.json': manifest, 'src/index.ts': `import './missing.ts';`, 'src/testing/index.ts': '' });
  await expect(bundlePackage(directory)).rejects.toThrow(/missing/);
});
