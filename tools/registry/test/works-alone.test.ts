import { globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInTerminal, type TerminalResult, type TerminalRun, terminalMissing } from '@oh-tools/terminal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalRegistry, startLocalRegistry } from '../src/local-registry.ts';
import { configuredRegistry, NpmClient, runScript } from '../src/npm-client.ts';
import { readPublishedPackages } from '../src/published-package.ts';

const packages = await readPublishedPackages();
const versionOf = new Map(packages.map(({ name, version }) => [name, version]));

/** What a newcomer does first with each library, and everything that npm may install for it. */
const libraries: readonly { name: string; installs: string[]; sdk?: string; program: string }[] = [
  {
    name: '@oh/file-store-core',
    installs: ['@oh/file-store-core'],
    program: `
      import { MemoryFileStore } from '@oh/file-store-core';
      const store = new MemoryFileStore();
      await store.write('notes/hello.txt', 'hello');
      console.log(await store.read('notes/hello.txt'));`,
  },
  {
    name: '@oh/file-store-local',
    installs: ['@oh/file-store-core', '@oh/file-store-local'],
    program: `
      import { LocalFileStore } from '@oh/file-store-local';
      const store = new LocalFileStore({ root: './data' });
      await store.write('notes/hello.txt', 'hello');
      console.log(await store.read('notes/hello.txt'));`,
  },
  {
    name: '@oh/file-store-s3',
    installs: ['@oh/file-store-core', '@oh/file-store-s3'],
    sdk: '@aws-sdk/client-s3',
    program: `
      import { S3FileStore } from '@oh/file-store-s3';
      const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
      const store = new S3FileStore({ bucket: 'b', endpoint: 'http://127.0.0.1:9', region: 'us-east-1', credentials });
      const error = await store.read('notes/hello.txt').catch((reason) => reason);
      console.log(error.code === 'unavailable' ? 'hello' : error);`,
  },
  {
    name: '@oh/file-store-gcs',
    installs: ['@oh/file-store-core', '@oh/file-store-gcs'],
    sdk: '@google-cloud/storage',
    program: `
      import { GoogleCloudFileStore } from '@oh/file-store-gcs';
      const store = new GoogleCloudFileStore({ bucket: 'b', apiEndpoint: 'http://127.0.0.1:9' });
      const error = await store.read('notes/hello.txt').catch((reason) => reason);
      console.log(error.code === 'unavailable' ? 'hello' : error);`,
  },
  {
    name: '@oh/file-store-webhook',
    installs: ['@oh/file-store-core', '@oh/file-store-webhook', 'undici'],
    program: `
      import { createServer } from 'node:http';
      import { MemoryFileStore } from '@oh/file-store-core';
      import { WebHookFileStore } from '@oh/file-store-webhook';
      const server = createServer((request, response) => request.pipe(process.stdout, { end: false }).on('unpipe', () => response.end()));
      server.listen(0, '127.0.0.1', async () => {
        const store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: \`http://127.0.0.1:\${server.address().port}/\` });
        await store.write('notes/hello.txt', 'hello\\n');
        await store.close();
        server.close();
      });`,
  },
  {
    name: '@oh/conversation-store',
    installs: ['@oh/conversation-store', '@oh/file-store-core', 'zod'],
    program: `
      import { FileConversationStore } from '@oh/conversation-store';
      import { MemoryFileStore } from '@oh/file-store-core';
      const conversations = new FileConversationStore({ files: new MemoryFileStore() });
      await conversations.saveMetadata({ conversation_id: 'c1', selected_repository: null, title: 'hello' });
      console.log((await conversations.getMetadata('c1')).title);`,
  },
  {
    name: '@oh/settings-store',
    installs: ['@oh/file-store-core', '@oh/settings-store', 'smol-toml', 'zod'],
    program: `
      import { MemoryFileStore } from '@oh/file-store-core';
      import { FileSettingsStore } from '@oh/settings-store';
      const settings = new FileSettingsStore({ files: new MemoryFileStore() });
      await settings.store({ language: 'hello' });
      console.log((await settings.load()).language);`,
  },
  {
    name: '@oh/event-store',
    installs: ['@oh/event-store', '@oh/file-store-core'],
    program: `
      import { FileEventStore } from '@oh/event-store';
      import { MemoryFileStore } from '@oh/file-store-core';
      const events = new FileEventStore({ files: new MemoryFileStore(), conversationId: 'c1' });
      const { id } = await events.append({ source: 'user', message: 'hello' });
      console.log((await events.get(id)).message);`,
  },
  {
    name: '@oh/secrets-store',
    installs: ['@oh/file-store-core', '@oh/secrets-store', 'zod'],
    program: `
      import { MemoryFileStore } from '@oh/file-store-core';
      import { FileSecretsStore, KeyRing, Passphrase } from '@oh/secrets-store';
      const files = new MemoryFileStore();
      const keys = new KeyRing({ files, wrapper: new Passphrase('correct horse battery staple') });
      const secrets = new FileSecretsStore({ files, keys });
      await secrets.setSecret('GREETING', 'hello');
      console.log((await secrets.getSecret('GREETING')).expose());`,
  },
  {
    name: '@oh/backup',
    installs: ['@oh/backup', '@oh/file-store-core', 'zod'],
    program: `
      import { MemoryFileStore } from '@oh/file-store-core';
      import { BackupRepository } from '@oh/backup';
      const [source, files, target] = [new MemoryFileStore(), new MemoryFileStore(), new MemoryFileStore()];
      await source.write('notes/hello.txt', 'hello');
      const repository = new BackupRepository({ files });
      await repository.create(source);
      await repository.restore('latest', target);
      console.log(await target.read('notes/hello.txt'));`,
  },
  {
    name: '@oh/storage',
    installs: [
      '@oh/conversation-store',
      '@oh/event-store',
      '@oh/file-store-core',
      '@oh/secrets-store',
      '@oh/settings-store',
      '@oh/storage',
      'fastest-levenshtein',
      'import-meta-resolve',
      'smol-toml',
      'zod',
    ],
    program: `
      import { openStorage } from '@oh/storage';
      const storage = await openStorage({ file_store: 'memory' }, { env: {} });
      await storage.conversations.saveMetadata({ conversation_id: 'c1', selected_repository: null, title: 'hello' });
      const error = await openStorage({ file_store: 'local' }).catch((reason) => reason);
      const advice = 'npm install @oh/file-store-local';
      console.log(error.message.includes(advice) ? (await storage.conversations.getMetadata('c1')).title : error);
      await storage.close();`,
  },
];

/** The lines of the READMEs that install packages. */
function shownInstallations(): { readonly file: string; readonly line: string; readonly names: string[] }[] {
  const workspace = join(import.meta.dirname, '../../..');
  return ['README.md', ...globSync('packages/*/README.md', { cwd: workspace }).sort()].flatMap((file) =>
    [...readFileSync(join(workspace, file), 'utf8').matchAll(/^```sh\n(npm install [\s\S]*?)\n```$/gm)].flatMap(([, text = '']) =>
      text.split('\n').map((line) => ({
        file,
        line,
        names: line
          .split(' ')
          .filter((word) => /^[@\w]/.test(word))
          .slice(2),
      })),
    ),
  );
}

let directory: string;
let registry: LocalRegistry | undefined;
let npm: NpmClient;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'oh-works-alone-'));
  registry = await startLocalRegistry(await configuredRegistry(import.meta.dirname));
  npm = await NpmClient.create(join(directory, 'npm'), registry.url);
  await Promise.all(packages.map((published) => npm.run(published.directory, 'publish', '--provenance=false', '--ignore-scripts')));
}, 120_000);

afterAll(async () => {
  await registry?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** Installs one package, named alone, into an empty folder. */
async function installAlone(name: string): Promise<string> {
  const folder = join(directory, 'installed', name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  await npm.run(folder, 'install', name);
  return folder;
}

/** The names of everything that lies in the folder's `node_modules`. */
async function installedNames(folder: string): Promise<string[]> {
  const lock = JSON.parse(await readFile(join(folder, 'node_modules/.package-lock.json'), 'utf8')) as { readonly packages: object };
  return Object.keys(lock.packages)
    .map((path) => path.replace(/^.*node_modules\//, ''))
    .sort();
}

describe('installed alone from a registry', { timeout: 120_000 }, () => {
  test('every package that is published is tried here', () => {
    expect([...versionOf.keys()].sort()).toEqual([...libraries.map(({ name }) => name), '@oh/storage-cli'].sort());
  });

  test.each(libraries)('$name works, and brings nothing it does not declare', async ({ name, installs, sdk, program }) => {
    const folder = await installAlone(name);
    await writeFile(join(folder, 'main.mjs'), program);
    const names = await installedNames(folder);
    // What an SDK brings with it is its own affair.
    expect(sdk === undefined ? names : names.filter((each) => each.startsWith('@oh/') || each === sdk)).toEqual(
      [...installs, ...(sdk === undefined ? [] : [sdk])].sort(),
    );
    expect(await runScript(folder, 'main.mjs')).toBe('hello\n');
  });

  test.each(shownInstallations())('$line of $file', async ({ file, line, names }) => {
    const folder = join(directory, 'shown', file, names.join('+'));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
    const [, ...args] = line.split(' ');
    // What is installed globally goes into a place of this test.
    await npm.run(folder, ...args, `--prefix=${folder}`);
    const installed = await readdir(join(folder, line.includes('--global') ? 'lib/node_modules' : 'node_modules'));
    expect(installed).toEqual(expect.arrayContaining(names.map((name) => name.replace(/\/.*/, ''))));
  });

  test('@oh/storage-cli brings its command', async () => {
    const folder = await installAlone('@oh/storage-cli');
    const names = await installedNames(folder);
    expect(names.filter((name) => name.startsWith('@oh/'))).toEqual([
      '@oh/backup',
      '@oh/conversation-store',
      '@oh/event-store',
      '@oh/file-store-core',
      '@oh/file-store-local',
      '@oh/secrets-store',
      '@oh/settings-store',
      '@oh/storage',
      '@oh/storage-cli',
    ]);
    expect(names.filter((name) => /^@(aws-sdk|google-cloud|smithy)\/|^vitest$/.test(name))).toEqual([]);
    expect(await npm.run(folder, 'exec', '--', 'oh-storage', '--version')).toBe(`${versionOf.get('@oh/storage-cli')}\n`);
    expect(await npm.run(folder, 'exec', '--', 'oh-storage', '--help')).toContain('Usage: oh-storage');
    const withoutBackend = npm.run(folder, 'exec', '--', 'oh-storage', 'ls', 's3://bucket');
    await expect(withoutBackend).rejects.toThrow('npm install @oh/file-store-s3 @aws-sdk/client-s3');
  });

  test.skipIf(terminalMissing !== undefined)(
    `@oh/storage-cli asks at a terminal, and shows nothing of what is typed${terminalMissing === undefined ? '' : ` (skipped: ${terminalMissing})`}`,
    async () => {
      const folder = await installAlone('@oh/storage-cli');
      await mkdir(join(folder, 'data'));
      const bin = join(folder, 'node_modules/@oh/storage-cli/bin/oh-storage.js');
      const env = {
        PATH: process.env['PATH'] ?? '',
        HOME: folder,
        OH_STORAGE_URL: 'local:data',
        OH_SECRET_KEY: 'a passphrase',
        TERM: 'xterm',
      };
      const run = async (argv: readonly string[], replies: TerminalRun['replies'] = []): Promise<TerminalResult> =>
        await runInTerminal({ command: [process.execPath, bin, ...argv], cwd: folder, env, replies });
      expect(await run(['secrets', 'set', 'TOKEN'], [['secret "TOKEN": ', 'typed\r']])).toEqual({
        output: 'secret "TOKEN": \r\noh-storage: [note] stored the secret "TOKEN"\r\n',
        exitCode: 0,
      });
      expect(await run(['secrets', 'get', 'TOKEN', '--reveal'])).toEqual({ output: 'typed\r\n', exitCode: 0 });
      expect(await run(['secrets', 'set', 'TOKEN'], [['secret "TOKEN": ', '\u0003']])).toMatchObject({ exitCode: 130 });
      expect(await run(['settings', 'set', 'language', 'de'])).toEqual({ output: '', exitCode: 0 });
      expect(await run(['conversations', 'list'])).toEqual({ output: 'oh-storage: [note] no conversations\r\n', exitCode: 0 });
      expect((await run(['completion', 'bash'])).output).toContain('complete -o default -F _oh_storage oh-storage');
    },
  );

  test('what is published has its sources, types, licence and notes, and no tests', async () => {
    for (const { name } of packages) {
      const [packed] = JSON.parse(await npm.run(directory, 'pack', '--json', '--dry-run', name)) as { files: { path: string }[] }[];
      const paths = packed?.files.map(({ path }) => path) ?? [];
      expect(paths).toEqual(
        expect.arrayContaining(['LICENSE', 'README.md', 'dist/index.d.ts', 'dist/index.js', 'package.json', 'src/index.ts']),
      );
      expect(paths.filter((path) => !/^(bin|dist|src)\/|^(LICENSE|README\.md|CHANGELOG\.md|package\.json)$/.test(path))).toEqual([]);
    }
  });
});
