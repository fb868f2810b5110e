import { Console } from 'node:console';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { operationChannelName } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { expect, it, onTestFinished } from 'vitest';
import { AuditLog } from '../src/audit-log.ts';
import { FileSecretsStore } from '../src/file-secrets-store.ts';
import { KeyFile } from '../src/key-file.ts';
import { KeyRing } from '../src/key-ring.ts';
import { migrateSecrets } from '../src/migrate-secrets.ts';
import { Passphrase } from '../src/passphrase.ts';
import { Redactor } from '../src/redactor.ts';
import { rotateKeys } from '../src/rotate-keys.ts';
import type { UserSecrets } from '../src/user-secrets.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const count = 1000;
const canary = (index: number): string => `canary-${index}-${index.toString(36).padStart(8, 'q')}`;

/** In clear, in hexadecimal, and in base64 wherever it begins. */
const traces = ['canary-', '63616e6172792d', 'Y2FuYXJ5L', 'NhbmFyeS', 'jYW5hcnkt'];

function tracesIn(text: string): string[] {
  return traces.filter((trace) => text.includes(trace));
}

async function readEverything(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}

/** Everything that `console` prints of a value, at all levels. */
async function printed(...values: unknown[]): Promise<string> {
  let text = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  const console = new Console({ stdout: stream, stderr: stream });
  for (const value of values) {
    for (const level of ['debug', 'log', 'info', 'warn', 'error', 'trace', 'dir', 'table'] as const) {
      console[level](value);
    }
    console.log('%s %o %O %j', value, value, value, value);
  }
  return text;
}

it(`shows none of ${count} canaries in any file, message, error, log or diagnostics`, { timeout: 120_000 }, async () => {
  const directory = await temporaryDirectory();
  const root = join(directory, 'data');
  const files = new LocalFileStore({ root, durability: 'atomic' });
  onTestFinished(() => files.close());
  const seen: string[] = [];
  const onOperation = (message: unknown): void => void seen.push(inspect(message, { depth: 20, showHidden: true }));
  subscribe(operationChannelName, onOperation);
  onTestFinished(() => void unsubscribe(operationChannelName, onOperation));

  const keys = new KeyRing({ files, wrapper: new KeyFile({ path: join(directory, 'key') }) });
  const stores = ['encrypted', 'sealed', 'agent-server', 'migrated'].map((userId) => {
    const audit = new AuditLog({ files, keys, userId });
    const format = userId === 'agent-server' ? 'agent-server' : 'encrypted';
    return new FileSecretsStore({
      files,
      keys,
      userId,
      audit,
      format,
      history: 2,
      sealNames: userId === 'sealed',
      fernetPassphrase: 'canary-passphrase',
    });
  });
  const fill = (current: UserSecrets): UserSecrets => {
    const names = Array.from({ length: count / 4 }, (_, index) => index);
    const filled = names.reduce((secrets, index) => secrets.withCustomSecret(`KEY_${index}`, canary(index)), current);
    return filled.withCustomSecret('AGAIN', canary(1)).withCustomSecret('AGAIN', canary(2));
  };
  for (const store of stores) {
    await store.update(fill);
    await store.setSecret('AGAIN', canary(3));
  }
  const plain = { files, keys, userId: 'migrated', layout: undefined };
  await files.delete('users/migrated/secrets/secrets.json');
  await new FileSecretsStore({ ...plain, format: 'openhands' }).update((current) =>
    fill(current).withProviderToken('github', { token: canary(999) }),
  );
  await migrateSecrets(plain);
  await rotateKeys({ keys, holders: stores });
  const loaded = await Promise.all(stores.map((store) => store.load()));
  expect(
    loaded.flatMap((secrets) => Object.values(secrets?.getEnvVars() ?? {}).filter((value) => value.startsWith('canary-'))),
  ).toHaveLength(count + 4);

  // Everything that can go wrong.
  const wrong = new KeyRing({ files, wrapper: new KeyFile({ path: join(directory, 'other-key') }) });
  const stranger = new KeyRing({ files, wrapper: new Passphrase(canary(5)) });
  const [first] = stores as [FileSecretsStore];
  const secret = loaded[0]?.customSecrets['KEY_1']?.secret;
  const failures = await Promise.allSettled([
    new FileSecretsStore({ files, keys: wrong, userId: 'encrypted' }).load(),
    new FileSecretsStore({ files, keys: stranger, userId: 'encrypted' }).setSecret('KEY_1', canary(6)),
    new FileSecretsStore({ files, userId: 'agent-server', format: 'agent-server', fernetPassphrase: canary(7) }).load(),
    first.setSecret('', canary(8)),
    first.setSecret('KEY\0', canary(8)),
    first.setSecret('KEY', `${canary(8)}\ud800`),
    first.setSecret('KEY', { canary: canary(8) } as never),
    first.getSecret('MISSING'),
    first.getSecretVersion('KEY_1', 99),
    first.update(() => Promise.reject(new Error(`in vain: ${secret}`, { cause: secret }))),
    keys.open(canary(9), ['place']),
    keys.seal(`${canary(9)}\ud800`, ['place']),
  ]);
  expect(failures.map(({ status }) => status)).toEqual(failures.map(() => 'rejected'));
  for (const damage of [
    `{"format":"oh-secrets","custom_secrets":{"KEY":"${canary(10)}`,
    `{"custom_secrets":{"KEY":{"secret":${canary(10)}`,
    canary(10),
  ]) {
    await files.write('users/damaged/secrets.json', damage);
    await files.write('users/damaged/secrets/secrets.json', damage);
    for (const format of ['encrypted', 'openhands', 'agent-server'] as const) {
      const store = new FileSecretsStore({ files, keys, userId: 'damaged', format });
      failures.push(...(await Promise.allSettled([store.load(), store.setSecret('KEY', canary(11))])));
    }
  }
  await files.delete('users/damaged');

  const errors = failures.map((failure) => (failure.status === 'rejected' ? failure.reason : undefined));
  const redacted = new Redactor(loaded[0]?.values() ?? []).redact(`Authorization: ${secret?.expose()}`);
  const shown = await printed(secret, loaded, stores, keys, new Passphrase(canary(12)), errors, redacted);
  expect(errors).toHaveLength(30);
  expect(tracesIn(shown), 'console').toEqual([]);
  expect(tracesIn(JSON.stringify([secret, loaded, stores, keys, errors])), 'JSON').toEqual([]);
  expect(
    tracesIn(inspect([loaded, stores, keys, errors, structuredClone(loaded)], { depth: 20, showHidden: true, getters: true })),
    'inspect',
  ).toEqual([]);
  expect(tracesIn(errors.map((error) => (error instanceof Error ? `${error.message}\n${error.stack}` : '')).join('\n')), 'errors').toEqual(
    [],
  );
  expect(seen.length).toBeGreaterThan(50);
  expect(tracesIn(seen.join('\n')), 'diagnostics').toEqual([]);
  expect(tracesIn(await readEverything(directory)), 'files').toEqual([]);
});
