import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

await mkdir(join(homedir(), '.openhands'), { recursive: true });

// #region quickstart
import { LocalFileStore } from '@oh/file-store-local';

await using store = new LocalFileStore({ root: './agent-data' });

await store.write('settings.json', '{"language":"en"}');
console.log(await store.read('settings.json'));
console.log(await store.list());

// #endregion

// #region lock
import { withFileLock } from '@oh/file-store-local';

await withFileLock('~/.openhands/.settings.lock', async () => {
  // Nobody else who takes this lock is at it.
});
// #endregion
