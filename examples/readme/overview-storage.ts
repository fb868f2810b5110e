// #region storage
import { loadStorageConfig, openStorage } from '@oh/storage';

await using storage = await openStorage(await loadStorageConfig(), { userId: 'alice' });

await storage.secrets.setSecret('GITHUB_TOKEN', 'ghp_1234'); // encrypted
await storage.events('first').append({ source: 'agent', action: 'run', args: { command: 'curl -u ghp_1234 example.com' } });
console.log(await storage.events('first').latest()); // ... curl -u <secret_hidden> example.com
// #endregion
