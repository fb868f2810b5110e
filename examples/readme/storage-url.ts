import { type FileStore, MemoryFileStore } from '@oh/file-store-core';

/** Stands for somebody's store. */
class AzureFileStore extends MemoryFileStore implements FileStore {
  constructor(container: string, prefix: string | undefined, env: object) {
    super();
    console.log(container, prefix, typeof env);
  }
}

// #region url
import { openFileStore, registerFileStore } from '@oh/storage';

registerFileStore('azure', ({ path = '', prefix, env }) => new AzureFileStore(path, prefix, env)); // file_store = "azure", azure:container
await using files = await openFileStore('s3://agents/team-a');
// #endregion

await files.write('file', 'x');
await using other = await openFileStore('azure:container');
console.log(await files.list(), await other.list());
