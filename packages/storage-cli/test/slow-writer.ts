/** A live store on a disk that takes a second to rename: writes `deep/file`, then again, with the version that it has said as the condition. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

let version: string | undefined;
const { rename, renameSync } = fs;

function beSlow(): void {
  if (version !== undefined) {
    process.stdout.write(`${version}\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  }
}

fs.rename = Object.assign((...args: Parameters<typeof rename>) => {
  beSlow();
  rename(...args);
}, rename);
fs.renameSync = (...args) => {
  beSlow();
  renameSync(...args);
};
syncBuiltinESMExports();

// Only now, lest it take the functions before.
const { LocalFileStore } = await import('@oh/file-store-local');
const store = new LocalFileStore({ root: process.argv[2] ?? '' });
({ version } = await store.write('deep/file', 'first'));
await store.write('deep/file', 'second', { ifVersion: version });
await store.close();
