import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { openFileStore, parseStoreUrl, registerFileStore } from '../src/file-store/index.ts';
import * as storage from '../src/index.ts';

const program = `
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({ resolve: (specifier, context, next) => { loaded.push(specifier); return next(specifier, context); } });
  const { openFileStore } = await import('@oh/storage/file-store');
  await (await openFileStore('memory:')).close();
  console.log(JSON.stringify(loaded));
`;

it('is what the package itself has, and loads no package but those of file stores', async () => {
  expect([openFileStore, parseStoreUrl, registerFileStore]).toEqual([
    storage.openFileStore,
    storage.parseStoreUrl,
    storage.registerFileStore,
  ]);
  const argv = ['--conditions=@oh/source', '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd: import.meta.dirname });
  const loaded = JSON.parse(stdout) as string[];
  expect(loaded).toContain('@oh/file-store-core');
  expect(loaded.filter((specifier) => specifier === 'zod' || (specifier.startsWith('@oh/') && !specifier.includes('file-store')))).toEqual(
    [],
  );
});
