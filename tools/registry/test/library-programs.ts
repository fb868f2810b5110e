/** What a newcomer does first with a library. */
export interface LibraryProgram {
  readonly name: string;
  /** Everything that npm may install for it, besides the SDK and what that brings. */
  readonly installs: readonly string[];
  readonly sdk?: string;
  /** Prints `hello` and a line feed. */
  readonly program: string;
}

/** A program for each library that is published. */
export const libraries: readonly LibraryProgram[] = [
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
      await store.exists('notes').catch(() => {});
      const error = await store.read('notes/hello.txt').catch((reason) => reason);
      await store.close();
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
    installs: ['@oh/backup', '@oh/file-store-core', 'smol-toml', 'zod'],
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
