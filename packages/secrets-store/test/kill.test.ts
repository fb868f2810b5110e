import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LocalFileStore } from '@oh/file-store-local';
import { openHandsHome } from '@oh-tools/fixtures';
import { expect, it } from 'vitest';
import { FileSecretsStore } from '../src/file-secrets-store.ts';
import { KeyFile } from '../src/key-file.ts';
import { KeyRing } from '../src/key-ring.ts';
import { listSecretsStores } from '../src/list-secrets-stores.ts';
import { migrateSecrets } from '../src/migrate-secrets.ts';
import { keyStatus, rotateKeys } from '../src/rotate-keys.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const script = fileURLToPath(new URL('kill-worker.ts', import.meta.url));
/** Between two kills; 1 in the long form. */
const step = process.env['OH_TEST_SECRETS_LONG'] === undefined ? 3 : 1;
const all = { DEPLOY_KEY: 's3cr3t-deploy-key', EMPTY: '', MULTI: 'line1\nline2\nü' };

/** @returns Whether the worker was done before it had made so many operations. */
async function runAndKill(task: string, root: string, path: string, operations: number): Promise<boolean> {
  const child = spawn(process.execPath, ['--conditions=@oh/source', script, task, root, path, `${operations}`], { stdio: 'inherit' });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  expect([code, signal]).toEqual(signal === null ? [0, null] : [null, 'SIGKILL']);
  return signal === null;
}

async function withStores<T>(root: string, path: string, action: (files: LocalFileStore, keys: KeyRing) => Promise<T>): Promise<T> {
  const files = new LocalFileStore({ root });
  try {
    return await action(files, new KeyRing({ files, wrapper: new KeyFile({ path }) }));
  } finally {
    await files.close();
  }
}

it.each(['migrate', 'rotate'])('opens every secret after a process was killed in the midst: %s', { timeout: 120_000 }, async (task) => {
  const directory = await temporaryDirectory();
  const [start, path] = [join(directory, 'start'), join(directory, 'key')];
  await withStores(start, path, async (files, keys) => {
    await cp(join(openHandsHome, 'secrets.json'), join(start, 'secrets.json'));
    if (task === 'rotate') {
      await migrateSecrets({ files, keys });
      await Promise.all(['alice', 'bob'].map((userId) => new FileSecretsStore({ files, keys, userId }).setSecret('KEY', userId)));
    }
  });
  let kills = 0;
  for (let operations = 1; ; operations += task === 'rotate' ? step : 1) {
    const root = join(directory, `${operations}`);
    await cp(start, root, { recursive: true });
    const isDone = await runAndKill(task, root, path, operations);
    await withStores(root, path, async (files, keys) => {
      const expectAll = async (): Promise<void> => {
        const loaded = await new FileSecretsStore({ files, keys }).load();
        expect({ ...loaded?.getEnvVars() }, `killed after ${operations} operations`).toEqual(all);
        expect(loaded?.unreadable).toEqual([]);
        for (const userId of task === 'rotate' ? ['alice', 'bob'] : []) {
          expect((await new FileSecretsStore({ files, keys, userId }).getSecret('KEY')).expose()).toBe(userId);
        }
      };
      await expectAll();
      if (task === 'rotate') {
        const use = { keys, holders: await listSecretsStores({ files, keys }) };
        await rotateKeys(use);
        expect((await keyStatus(use)).filter(({ entries }) => entries > 0)).toHaveLength(1);
      } else {
        await migrateSecrets({ files, keys });
        expect(await files.exists('secrets.json')).toBe(false);
      }
      await expectAll();
    });
    if (isDone) {
      break;
    }
    kills += 1;
  }
  expect(kills).toBeGreaterThan(task === 'rotate' ? 15 / step : 5);
});
