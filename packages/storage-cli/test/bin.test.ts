import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));

/** Says that it is Node.js 20, and has the modules of Node.js export nothing that came later. */
const olderNode = `
import { registerHooks } from 'node:module';
Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'node:module' ? { url: 'data:text/javascript,export {}', shortCircuit: true } : next(specifier, context),
});
`;

test('a Node.js that is too old says so, whatever it lacks', async () => {
  const hooks = join(await temporaryDirectory(), 'older-node.mjs');
  await writeFile(hooks, olderNode);
  const running = promisify(execFile)(process.execPath, [
    '--import',
    pathToFileURL(hooks).href,
    '--conditions=@oh/source',
    bin,
    '--version',
  ]);
  await expect(running).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'oh-storage: [unsupported] this is Node.js 20.20.2; it takes 22.19 or later\n',
  });
});
