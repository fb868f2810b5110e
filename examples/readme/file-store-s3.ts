// #region quickstart
import { S3FileStore } from '@oh/file-store-s3';

await using store = new S3FileStore({ bucket: 'agent-data', prefix: 'team-a', region: 'eu-west-1' });

const { version } = await store.write('settings.json', '{"language":"en"}', { ifAbsent: true });
await store.write('settings.json', '{"language":"de"}', { ifVersion: version });
console.log(await store.list());
// #endregion
