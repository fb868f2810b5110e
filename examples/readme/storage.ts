// #region quickstart
import { loadStorageConfig, openStorage } from '@oh/storage';

const config = await loadStorageConfig(); // config.toml and the environment; without either: ~/.openhands
await using storage = await openStorage(config, { userId: 'alice' });

await storage.conversations.saveMetadata({ conversation_id: 'c1', selected_repository: null, title: 'Fix the flaky test' });
await storage.secrets.setSecret('GITHUB_TOKEN', 'ghp_1234');
await storage.events('c1').append({ source: 'agent', action: 'run', args: { command: 'curl -u ghp_1234 example.com' } });
console.log(await storage.events('c1').latest()); // curl -u <secret_hidden> example.com

process.once('SIGTERM', () => storage.close()); // ends what is under way, and tells the webhook what waits
// #endregion
