import { expect, it } from 'vitest';
import { findUnknownCommands } from '../src/repository-commands.ts';

it('finds scripts, targets and files that are not there', () => {
  const known = [
    'npm ci && npm test   # all',
    'npm run proof -w @oh-tools/crash -- --long',
    'npx nx run @oh/file-store-core:test',
    'node tools/programs/src/list.ts',
    '.ci/run',
  ];
  const unknown = [
    'npm run prove',
    'npm run prove -w @oh-tools/crash',
    'npx nx run @oh/file-store-core:tests',
    'node tools/none.ts',
    'rm -r packages',
  ];
  expect(findUnknownCommands([...known, ...unknown].join('\n'))).toEqual(unknown);
});
