/** Writes one file, without the privileges of root, and prints the message of the error, or `written`. */
import { LocalFileStore } from '../src/index.ts';

/** The user `nobody`: permissions do not hold back root. Only now, when everything is imported, whoever may read it. */
if (process.getuid?.() === 0) {
  process.setuid?.(65_534);
}

const store = new LocalFileStore({ root: process.argv[2] ?? '' });
const outcome = await store.write('file', 'x').then(
  () => 'written',
  (error: Error) => error.message,
);
process.stdout.write(outcome);
await store.close();
