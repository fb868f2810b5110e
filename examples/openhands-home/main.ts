/**
 * What a newcomer sees first: a folder that OpenHands wrote, imported, opened as a configuration says, read, written and backed up, all on the local disk.
 *
 * Run it with `npm run demo`.
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackupRepository } from '@oh/backup';
import { LocalFileStore } from '@oh/file-store-local';
import { Passphrase } from '@oh/secrets-store';
import { loadStorageConfig, openStorage } from '@oh/storage';
import { runCli } from '@oh/storage-cli';
import { copyOpenHandsHome } from '@oh-tools/fixtures';

let steps = 0;
const directory = await mkdtemp(join(tmpdir(), 'oh-storage-demo-'));
const [openHands, data] = [join(directory, 'openhands'), join(directory, 'data')];
const env = { OH_SECRET_KEY: 'a passphrase for the demo' };
await copyOpenHandsHome(openHands);
step('Imports a data folder that OpenHands 0.62 wrote; what is damaged there is named, and hides nothing else');
const { stdin, stdout, stderr } = process;
const io = { stdin, stdout, stderr, env, cwd: directory };
const exitCode = await runCli(['import', 'openhands', 'local:openhands', '--to', 'local:data', '--apply'], io);
expect(exitCode === 1, 'what is damaged was left out');

const configPath = join(directory, 'config.toml');
await writeFile(configPath, `[core]\nfile_store = "local"\nfile_store_path = ${JSON.stringify(data)}\n`);
await using storage = await openStorage(await loadStorageConfig({ configPath, env }), { env });

const { results, unreadable } = await storage.conversations.search({ limit: 100 });
expect(results.length === 10 && unreadable.length === 0, 'ten conversations are there, beside two of a user');
step(`Opens it as a config.toml says, the same that OpenHands reads. Its ${results.length} conversations, newest first`);
for (const { conversation_id, created_at, title } of results.slice(0, 3)) {
  say(`${conversation_id}  ${created_at.padEnd(32)}  ${JSON.stringify(title)}`);
}
say('...');

const conversation_id = 'demo-conversation';
await storage.conversations.saveMetadata({ conversation_id, selected_repository: 'acme/website', title: 'Written by the demo' });
const [first] = (await storage.conversations.search({ limit: 1 })).results;
expect(first?.conversation_id === conversation_id, 'the conversation that was written is the newest');
step('Writes a conversation, durably and atomically: it is the newest now', `"${first?.title}", ${first?.created_at}`);

await storage.secrets.setSecret('GITHUB_TOKEN', 'ghp_demo_1234', 'for the demo');
const secret = await storage.secrets.getSecret('GITHUB_TOKEN');
expect(secret?.expose() === 'ghp_demo_1234', 'the secret is read back');
step('Stores a secret, encrypted: it is masked wherever it is printed', `GITHUB_TOKEN = ${secret}`);

const events = storage.events(conversation_id);
const append = events.append({ source: 'agent', action: 'run', args: { command: 'curl -u ghp_demo_1234 https://example.com' } });
for await (const event of events.tail(0, { signal: AbortSignal.timeout(30_000) })) {
  expect(!JSON.stringify(event).includes('ghp_demo'), 'no event holds a secret');
  step('Appends an event, and follows the log: no secret gets into it', JSON.stringify(event));
  break;
}
await append;

await using place = new LocalFileStore({ root: join(directory, 'backups') });
const repository = new BackupRepository({ files: place, key: new Passphrase('a passphrase for the demo') });
const snapshot = await repository.create(storage.files, { name: 'demo' });
const { isSound } = await repository.verify();
await using restored = new LocalFileStore({ root: join(directory, 'restored') });
const { lost } = await repository.restore('latest', restored);
expect(isSound && lost.length === 0, 'the backup is sound');
step(
  'Backs everything up, encrypted; checks every byte; restores it elsewhere',
  `snapshot ${snapshot.id.slice(0, 8)}: ${snapshot.files} files of ${snapshot.bytes} bytes, ${snapshot.storedBytes} stored`,
);

console.log('\nLook further with the command line:');
console.log(`  npx oh-storage conversations list --store local:${data}`);
console.log(`  npx oh-storage events show ${conversation_id} --store local:${data}`);

function step(title: string, detail?: string): void {
  steps += 1;
  console.log(`${steps === 1 ? '' : '\n'}${steps}. ${title}${detail === undefined ? ':' : ''}`);
  if (detail !== undefined) {
    say(detail);
  }
}

function say(text: string): void {
  console.log(`   ${text}`);
}

function expect(holds: boolean, what: string): void {
  if (!holds) {
    throw new Error(`it does not hold that ${what}`);
  }
}
