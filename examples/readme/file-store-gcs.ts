// #region quickstart
import { GoogleCloudFileStore } from '@oh/file-store-gcs';

await using store = new GoogleCloudFileStore({ bucket: 'my-agents', prefix: 'openhands' });

const { version } = await store.write('settings.json', '{"language":"en"}');
await store.write('settings.json', '{"language":"de"}', { ifVersion: version });
console.log(await store.list());
// #endregion
