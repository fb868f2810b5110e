/** As `python-locks.py`, with `withFileLock`: `hold LOCK`, or `increment LOCK FILE N`. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { withFileLock } from '../src/index.ts';

const [command = '', lock = '', file = '', count = '0'] = process.argv.slice(2);
if (command === 'hold') {
  await withFileLock(lock, async () => {
    process.stdout.write('locked\n');
    await once(process.stdin.resume(), 'end');
  });
}
if (command === 'increment') {
  process.stdout.write('ready\n');
}
for (let i = 0; i < Number(count); i += 1) {
  await withFileLock(lock, async () => {
    const number = Number(readFileSync(file, 'utf8'));
    await new Promise(setImmediate);
    writeFileSync(file, `${number + 1}`);
  });
}
