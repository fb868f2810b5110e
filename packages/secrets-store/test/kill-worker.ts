/** Rotates or migrates, and kills itself after so many operations of the file store: `kill-worker.ts rotate|migrate ROOT KEY-FILE COUNT`. */
import { subscribe } from 'node:diagnostics_channel';
import { operationChannelName } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { KeyFile, KeyRing, listSecretsStores, migrateSecrets, rotateKeys } from '../src/index.ts';

const [task, root = '', path, count] = process.argv.slice(2);
let operations = 0;
const files = new LocalFileStore({ root });
const keys = new KeyRing({ files, wrapper: new KeyFile({ path }) });
subscribe(operationChannelName, () => {
  operations += 1;
  if (operations === Number(count)) {
    process.kill(process.pid, 'SIGKILL');
  }
});
if (task === 'rotate') {
  await rotateKeys({ keys, holders: await listSecretsStores({ files, keys }) });
} else {
  await migrateSecrets({ files, keys });
}
await files.close();
