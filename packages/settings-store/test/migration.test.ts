import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileSettingsStore } from '../src/index.ts';
import { currentVersion, migrateFields } from '../src/migrate-settings.ts';
import { ContextSealer } from './context-sealer.ts';
import { publishedSettings, publishedVersions } from './published-versions.ts';
import { withCode } from './with-code.ts';

const path = 'settings.json';
const openHands = publishedVersions[0]?.text ?? '';

let files: MemoryFileStore;
let settings: FileSettingsStore;

beforeEach(async () => {
  files = new MemoryFileStore();
  settings = new FileSettingsStore({ files, sealer: new ContextSealer() });
  await files.write(path, openHands);
});

describe('the file of every published version', () => {
  it('is kept here', () => {
    expect(publishedVersions.map(({ version }) => version)).toEqual(Array.from({ length: currentVersion + 1 }, (_, version) => version));
  });

  it.each(publishedVersions)('gives the same settings: version $version, $name', async ({ text }) => {
    await files.write(path, text);
    const loaded = await settings.load();
    expect(JSON.parse(JSON.stringify(loaded))).toMatchObject(publishedSettings);
    expect(loaded?.llm_api_key?.expose()).toBe('canary-llm');
    expect(loaded?.mcp_config?.sse_servers[0]?.api_key?.expose()).toBe('canary-mcp');
    expect(JSON.stringify(loaded?.['later'])).toBe('{"id":12345678901234567890}');
    expect(await files.read(path)).toBe(text);
  });

  it('gets the current form by the next change, and only then', async () => {
    await settings.load();
    expect(await files.list('')).toEqual([path]);
    await settings.update(() => ({}));
    expect(await files.read(path)).toBe(publishedVersions.at(-1)?.text);
  });
});

describe('before a migration', () => {
  it('a backup is made, with keys that are sealed and all that was there', async () => {
    await settings.store({ language: 'fr' });
    const backup = await files.read(`${path}.v0.bak`);
    expect(backup).not.toContain('canary');
    await files.write('users/back/settings.json', backup);
    await files.write(path, backup);
    expect(JSON.parse(JSON.stringify(await settings.load()))).toMatchObject(publishedSettings);
    expect(JSON.parse(backup)).toMatchObject({ secrets_store: { provider_tokens: {} }, sandbox_api_key: expect.anything() });
    expect(JSON.parse(backup).mcp_config.sse_servers).toHaveLength(3);
  });

  it('another backup is not written over', async () => {
    await settings.store({ language: 'fr' });
    const first = await files.read(`${path}.v0.bak`);
    await files.write(path, '{"language":"it"}');
    await settings.store({ language: 'fr' });
    await files.write(path, openHands);
    await settings.store({ language: 'fr' });
    expect(await files.list('')).toEqual([path, `${path}.v0-2.bak`, `${path}.v0.bak`].sort());
    expect(await files.read(`${path}.v0.bak`)).toBe(first);
    expect(await files.read(`${path}.v0-2.bak`)).toBe('{"language":"it"}');
  });

  it('one that cannot be opened any more is not written over either', async () => {
    await new FileSettingsStore({ files, sealer: new ContextSealer('lost') }).store({ language: 'fr' });
    await files.write(path, openHands);
    await settings.store({ language: 'fr' });
    expect(await files.list('')).toHaveLength(3);
  });

  it.each(['{"language', '{"schema_version":1}', `{"$schema":"urn:oh-storage:settings","schema_version":${currentVersion + 1}}`])(
    'one that holds no settings is not written over either: %s',
    async (other) => {
      await files.write(`${path}.v0.bak`, other);
      await settings.store({ language: 'fr' });
      expect(await files.read(`${path}.v0.bak`)).toBe(other);
      expect(await files.exists(`${path}.v0-2.bak`)).toBe(true);
    },
  );

  it('no backup is made of what is current, and of nothing', async () => {
    await settings.store({ language: 'fr' });
    await settings.store({ language: 'de' });
    await files.delete(path);
    await settings.store({ language: 'it' });
    expect(await files.list('')).toEqual([path, `${path}.v0.bak`]);
  });

  it('one that cannot be read for the moment stops the change', async () => {
    await settings.store({ language: 'fr' });
    await files.write(path, openHands);
    const faults = [{ operations: ['open' as const], match: (each: string) => each.endsWith('.bak') }];
    const away = new FileSettingsStore({ files: createFaultyFileStore(files, { faults }), sealer: new ContextSealer() });
    await expect(away.store({ language: 'fr' })).rejects.toEqual(withCode('unavailable'));
    expect(await files.read(path)).toBe(openHands);
  });

  it('a backup that cannot be written stops the change, with what kept it', async () => {
    const full = interceptFileStore(files, (operation, at) => {
      if (operation === 'write' && at === `${path}.v0.bak`) {
        throw new FileStoreError('no-space', 'the disk is full');
      }
    });
    const stopped = new FileSettingsStore({ files: full, sealer: new ContextSealer() });
    await expect(stopped.store({ language: 'fr' })).rejects.toThrow(withCode('no-space'));
    expect(await files.read(path)).toBe(openHands);
  });

  it('nothing is left where a key is refused', async () => {
    await expect(new FileSettingsStore({ files }).store({ language: 'fr' })).rejects.toEqual(withCode('permission-denied'));
    expect(await files.list('')).toEqual([path]);
    expect(await files.read(path)).toBe(openHands);
  });

  it('no backup is made where the file stays one of OpenHands', async () => {
    await new FileSettingsStore({ files, format: 'openhands' }).store({ language: 'fr' });
    expect(await files.list('')).toEqual([path]);
    expect(await files.read(path)).toBe(openHands.replace('"de"', '"fr"').replace('"**********"', '""'));
  });
});

describe('a migration that is cut short', () => {
  const places = (['before', 'after'] as const).flatMap((at) => Array.from({ length: 8 }, (_, skip) => ({ at, skip })));

  it.each(places)('$at operation $skip leaves settings that open, and can be repeated', async ({ at, skip }) => {
    const faults = [{ at, skip, code: 'unknown' as const }];
    const cut = createFaultyFileStore(files, { faults });
    const outcome = await new FileSettingsStore({ files: cut, sealer: new ContextSealer() }).store({ language: 'fr' }).then(
      () => 'done',
      () => 'cut short',
    );
    expect(outcome).toBe(cut.faultCount === 0 ? 'done' : 'cut short');
    const between = JSON.parse(JSON.stringify(await settings.load()));
    expect({ ...between, language: 'de' }).toMatchObject(publishedSettings);
    await settings.store({ language: 'fr' });
    expect(JSON.parse(JSON.stringify(await settings.load()))).toMatchObject({ ...publishedSettings, language: 'fr' });
    expect(await files.list('')).toEqual([path, `${path}.v0.bak`]);
  });

  it('was tried at every operation', async () => {
    const counted = createFaultyFileStore(files, { faults: [{ probability: 0 }] });
    let operations = 0;
    const counting = new Proxy(counted, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key, target);
        return typeof member !== 'function'
          ? member
          : (...args: readonly unknown[]) => {
              operations += 1;
              return Reflect.apply(member, target, args);
            };
      },
    });
    await new FileSettingsStore({ files: counting, sealer: new ContextSealer() }).store({ language: 'fr' });
    expect(operations).toBeGreaterThanOrEqual(3);
    expect(operations).toBeLessThan(8);
  });
});

it('migrations are made one step after the other, from the version of the file on', () => {
  const steps = ['one', 'two', 'three'].map((step) => (fields: ReadonlyMap<string, unknown>) => new Map([...fields, [step, fields.size]]));
  expect([...migrateFields(new Map(), 0, steps)]).toEqual([
    ['one', 0],
    ['two', 1],
    ['three', 2],
  ]);
  expect([...migrateFields(new Map(), 2, steps)]).toEqual([['three', 0]]);
  expect([...migrateFields(new Map(), 3, steps)]).toEqual([]);
});
