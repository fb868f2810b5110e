/** Stores secrets of its own, one update each, the first ten with `update`, which opens all that are there, the others with `setSecret`: `update-worker.ts ROOT KEY-FILE WORKER COUNT`. */
import { LocalFileStore } from '@oh/file-store-local';
import { FileSecretsStore, KeyFile, KeyRing } from '../src/index.ts';

const [root = '', path = '', worker = '', count = ''] = process.argv.slice(2);
const files = new LocalFileStore({ root, durability: 'atomic' });
const store = new FileSecretsStore({ files, keys: new KeyRing({ files, wrapper: new KeyFile({ path }) }) });
for (let index = 0; index < Number(count); index += 1) {
  const name = `KEY_${worker}_${index}`;
  if (index < 10) {
    await store.update((current) => current.withCustomSecret(name, `value of ${name}`));
  } else {
    await store.setSecret(name, `value of ${name}`);
  }
}
await files.close();
