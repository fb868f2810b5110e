import { MemoryFileStore } from '@oh/file-store-core';

await using files = new MemoryFileStore();
const [token, key] = ['ghp_1234', 'deploy-5678'];

// #region secrets
import { EventSecrets, FileEventStore } from '@oh/event-store';

const secrets = new EventSecrets({ GITHUB_TOKEN: token }, { encodings: true }); // base64 and URL-encoded forms too
const events = new FileEventStore({ files, conversationId: 'c1', secrets });
secrets.update({ DEPLOY_KEY: key }); // events appended from now on
// #endregion

const { message } = await events.append({ message: `${token} ${Buffer.from(token).toString('base64')} ${key}` });
console.log(message);
await events.close();
