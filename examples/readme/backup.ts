import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

process.env['OH_BACKUP_PASSPHRASE'] = 'correct horse battery staple';
await mkdir(join(homedir(), '.openhands'), { recursive: true });
await writeFile(join(homedir(), '.openhands/settings.json'), '{"language":"en"}');

// #region backup
import { BackupRepository } from '@oh/backup';
import { LocalFileStore } from '@oh/file-store-local';
import { Passphrase } from '@oh/secrets-store';

await using data = new LocalFileStore({ root: '~/.openhands' });
await using files = new LocalFileStore({ root: './backups' });
const repository = new BackupRepository({ files, key: Passphrase.fromEnvironment('OH_BACKUP_PASSPHRASE') });

const snapshot = await repository.create(data, { name: 'local:~/.openhands' });
console.log(snapshot.files, snapshot.bytes, snapshot.storedBytes);

const { isSound, damaged, lost } = await repository.verify();
console.log(isSound, damaged, lost);

for await (const { kind, path } of repository.entries('latest')) {
  console.log(kind, path);
}

await using empty = new LocalFileStore({ root: './restored' });
await repository.restore('latest', empty);
// #endregion
