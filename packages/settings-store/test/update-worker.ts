import { LocalFileStore } from '@oh/file-store-local';
import { FileSettingsStore } from '../src/index.ts';

/** What a worker is told: the root of the store, its own number, and how many updates it makes. */
const [root = '', worker = '', updates = ''] = process.argv.slice(2);

// Node runs this file as it is, the oldest one too, which has no `await using`.
const files = new LocalFileStore({ root });
try {
  const settings = new FileSettingsStore({ files });
  for (let index = 0; index < Number(updates); index += 1) {
    await settings.update(() => ({ [`key_${worker}_${index}`]: index }));
  }
} finally {
  await files.close();
}
