import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** A program of a runtime that cannot have vitest, as in workers of the kit under vitest 3. */
const program = `
import { registerHooks } from 'node:module';
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'vitest') throw new Error('no vitest here');
    return next(specifier, context);
  },
});
const { createFaultyFileStore, describeFileStore } = await import(${JSON.stringify(new URL('../src/testing/index.ts', import.meta.url))});
const { MemoryFileStore } = await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url))});
const store = createFaultyFileStore(new MemoryFileStore(), { faults: [] });
await store.write('file', 'x');
console.log(await store.read('file'));
try {
  describeFileStore('store', {});
} catch (error) {
  console.log(error.message);
}
`;

it('gives all but the suites where vitest cannot be imported, and hands on why', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  expect(stdout).toBe('x\nno vitest here\n');
});
