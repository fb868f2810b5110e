import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LocalFileStore } from '@oh/file-store-local';
import { expect, it } from 'vitest';
import { FileSecretsStore } from '../src/file-secrets-store.ts';
import { KeyFile } from '../src/key-file.ts';
import { KeyRing } from '../src/key-ring.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const processes = 8;
const updates = process.env['OH_TEST_SECRETS_LONG'] === undefined ? 10 : 500;

it(`loses nothing of ${processes} processes that update ${updates} secrets each, and make key file and ring at the same time`, {
  timeout: 600_000,
}, async () => {
  const directory = await temporaryDirectory();
  const [root, path] = [join(directory, 'data'), join(directory, 'key')];
  const script = fileURLToPath(new URL('update-worker.ts', import.meta.url));
  const run = promisify(execFile);
  const workers = Array.from({ length: processes }, (_, worker) =>
    run(process.execPath, ['--conditions=@oh/source', script, root, path, String(worker), String(updates)]),
  );
  await Promise.all(workers);
  const files = new LocalFileStore({ root });
  const store = new FileSecretsStore({ files, keys: new KeyRing({ files, wrapper: new KeyFile({ path }) }) });
  const loaded = Object.entries((await store.load())?.getEnvVars() ?? {});
  await files.close();
  expect(loaded.filter(([name, value]) => value === `value of ${name}`)).toHaveLength(processes * updates);
});
