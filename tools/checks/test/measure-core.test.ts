import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeTemporaryDirectory, writeFiles } from './planted-workspace.ts';
import { runScript } from './run-script.ts';

/** A built core whose entry imports a part with `bytes` incompressible bytes, and a package that depends on it. */
function plantCore(bytes: number): string {
  const directory = makeTemporaryDirectory();
  writeFiles(directory, {
    'package.json': { workspaces: ['packages/*'] },
    'packages/core/package.json': { name: '@oh/file-store-core' },
    'packages/core/dist/index.js': "export { part } from './part.js';\nimport 'node:fs';\n",
    'packages/core/dist/part.js': `export const part = '${randomBytes(bytes)
      .toString('latin1')
      .replaceAll(/[\\'\n\r\0]/g, 'x')}';\n`,
    'packages/other/package.json': { name: '@oh/other' },
    'packages/other/dist/index.js': "export * from '@oh/file-store-core';\nexport * from 'zod';\n",
    'packages/secret/package.json': { name: '@oh/secret', private: true },
  });
  return directory;
}

test('measures what is published, without dependencies', () => {
  const { status, stdout } = runScript('measure-core.ts', plantCore(1_000));
  expect(status).toBe(0);
  expect(stdout).toMatch(/^@oh\/file-store-core +\d{4} +\d{4}$/m);
  expect(stdout).toMatch(/^@oh\/other +\d\d +\d\d$/m);
  expect(stdout).not.toContain('@oh/secret');
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^size: @oh\/file-store-core is \d+ bytes gzipped, within its limit of 12000$/);
});

test('fails when the core is too heavy', () => {
  const { status, stdout } = runScript('measure-core.ts', plantCore(12_000));
  expect(status).toBe(1);
  expect(stdout).toContain('OVER its limit of 12000');
});

test('fails when the core is not there', () => {
  const directory = makeTemporaryDirectory();
  writeFiles(directory, { 'package.json': { workspaces: ['packages/*'] }, 'packages/other/package.json': { name: '@oh/other' } });
  writeFiles(directory, { 'packages/other/dist/index.js': 'export const other = 1;\n' });
  expect(runScript('measure-core.ts', directory)).toMatchObject({ status: 1, stderr: expect.stringContaining('nothing was checked') });
});

test('fails when a package is not built', () => {
  const directory = makeTemporaryDirectory();
  writeFiles(directory, { 'package.json': { workspaces: ['packages/*'] }, 'packages/core/package.json': { name: '@oh/file-store-core' } });
  expect(runScript('measure-core.ts', directory)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('packages/core is not built'),
  });
});
