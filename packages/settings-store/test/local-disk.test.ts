import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LocalFileStore } from '@oh/file-store-local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSettingsStore } from '../src/index.ts';

const run = promisify(execFile);

/** Updates of each process; the proof has 500. */
const updates = Number(process.env['OH_TEST_SETTINGS_UPDATES'] ?? 10);

describe('settings on the local disk', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'settings-store-'));
  });

  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  it('can be read by their owner alone', async () => {
    await using files = new LocalFileStore({ root });
    await new FileSettingsStore({ files }).store({ language: 'de' });
    expect((await stat(join(root, 'settings.json'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(root, 'settings.json'), 'utf8')).toBe(
      '{"$schema":"urn:oh-storage:settings","schema_version":1,"language":"de"}',
    );
  });

  it('lose no update of racers in several stores', async () => {
    await using first = new LocalFileStore({ root, durability: 'atomic' });
    await using second = new LocalFileStore({ root, durability: 'atomic' });
    const stores = [first, second].map((files) => new FileSettingsStore({ files }));
    const keys = Array.from({ length: 20 }, (_, index) => `key_${index}`);
    await Promise.all(keys.map((key, index) => stores[index % 2]?.update(() => ({ [key]: index }))));
    const loaded = await stores[0]?.load();
    expect(keys.map((key) => loaded?.[key])).toEqual(keys.map((_, index) => index));
  });

  it(`lose none of the updates of 8 processes, ${updates} each`, { timeout: 60_000 + updates * 2000 }, async () => {
    const worker = fileURLToPath(new URL('update-worker.ts', import.meta.url));
    const workers = Array.from({ length: 8 }, (_, index) => index);
    const options = ['--conditions=@oh/source', '--disable-warning=ExperimentalWarning'];
    await Promise.all(workers.map((index) => run(process.execPath, [...options, worker, root, String(index), String(updates)])));
    await using files = new LocalFileStore({ root });
    const loaded = await new FileSettingsStore({ files }).load();
    const keys = workers.flatMap((index) => Array.from({ length: updates }, (_, update) => [`key_${index}_${update}`, update] as const));
    expect(keys.filter(([key, update]) => loaded?.[key] !== update)).toEqual([]);
    expect(Object.keys(loaded ?? {}).filter((field) => field.startsWith('key_'))).toHaveLength(8 * updates);
  });
});
