// #region agent-server
import { LocalFileStore, withFileLock } from '@oh/file-store-local';
import { FileSecretsStore } from '@oh/secrets-store';

const root = './agent-server';
await using files = new LocalFileStore({ root });
const secrets = new FileSecretsStore({
  files,
  format: 'agent-server',
  openHandsLock: (action, options) => withFileLock(`${root}/.secrets.lock`, action, options),
});
// #endregion

console.log(await secrets.list());
