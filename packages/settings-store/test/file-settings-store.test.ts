import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import { openHandsHome } from '@oh-tools/fixtures';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FileSettingsStore, settingsSchema } from '../src/index.ts';
import { ContextSealer } from './context-sealer.ts';
import { withCode } from './with-code.ts';

let files: MemoryFileStore;
let settings: FileSettingsStore;

beforeEach(() => {
  files = new MemoryFileStore();
  settings = new FileSettingsStore({ files });
});

/** What is stored, without what says which file it is. */
async function stored(path = 'settings.json'): Promise<unknown> {
  const { $schema, schema_version, ...fields } = JSON.parse(await files.read(path)) as Record<string, unknown>;
  expect([$schema, schema_version]).toEqual(['urn:oh-storage:settings', 1]);
  return fields;
}

describe('storing settings', () => {
  it('gives null when there are none', async () => {
    expect(await settings.load()).toBeNull();
  });

  it('keeps what was stored, over the defaults', async () => {
    const saved = await settings.store({ language: 'de', max_iterations: '250' });
    expect(saved).toMatchObject({ language: 'de', max_iterations: 250, enable_default_condenser: true, agent: null });
    expect(await settings.load()).toEqual(saved);
    expect(await stored()).toEqual({ language: 'de', max_iterations: 250 });
  });

  it('changes no field that is left out, and takes back what is null', async () => {
    await settings.store({ language: 'de', agent: 'CodeActAgent' });
    await settings.store({ agent: undefined, language: null });
    expect(await settings.load()).toMatchObject({ language: null, agent: 'CodeActAgent' });
  });

  it('stores no default for having shown it', async () => {
    await settings.store({ language: 'de' });
    await settings.store({ ...(await settings.load()), agent: 'A' });
    expect(await stored()).toEqual({ language: 'de', agent: 'A' });
  });

  it('keeps each user apart', async () => {
    await new FileSettingsStore({ files, userId: 'alice' }).store({ language: 'de' });
    expect(await settings.load()).toBeNull();
    expect(await stored('users/alice/settings.json')).toEqual({ language: 'de' });
    expect(() => new FileSettingsStore({ files, userId: '../x' })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  it.each([
    [{ condenser_max_size: 5 }, 'condenser_max_size must be at least 20'],
    [{ max_iterations: 'many' }, 'max_iterations'],
    [{ other: () => 1 }, 'other: expected a JSON value'],
    [{ other: Number.NaN }, 'other: expected a JSON value'],
  ])('refuses %o before any I/O', async (input, why) => {
    const failing = createFaultyFileStore(files, { faults: [{ operations: ['write'] }] });
    const error: unknown = await new FileSettingsStore({ files: failing }).store(input).catch((reason: unknown) => reason);
    expect(error).toEqual(withCode('invalid-argument'));
    expect(String(error)).toContain(why);
  });
});

describe('updating settings', () => {
  it('gives what is stored, and takes the changed fields alone', async () => {
    await settings.store({ language: 'de', agent: 'A' });
    await settings.update(({ agent }) => ({ agent: `${agent}B` }));
    expect(await settings.load()).toMatchObject({ language: 'de', agent: 'AB' });
  });

  it('gives the defaults when nothing is stored', async () => {
    await settings.update((current) => ({ ...current, language: current.enable_default_condenser ? 'en' : 'de' }));
    expect(await stored()).toEqual({ language: 'en' });
  });

  it('writes nothing when nothing changes', async () => {
    await settings.store({ language: 'de', other: [1] });
    const { version } = await files.stat('settings.json');
    await settings.update((current) => current);
    await settings.update(() => ({}));
    await settings.store({ language: 'de' });
    expect((await files.stat('settings.json')).version).toBe(version);
  });

  it('leaves a file as people have written it while nothing changes', async () => {
    const text = '{\n  "$schema": "urn:oh-storage:settings",\n  "schema_version": 1,\n  "language": "de"\n}\n';
    await files.write('settings.json', text);
    await settings.update(() => ({ language: 'de' }));
    expect(await files.read('settings.json')).toBe(text);
  });

  it('gives a file of OpenHands the current form even when nothing changes', async () => {
    await files.write('settings.json', '{"language":"de"}');
    await settings.update(() => ({}));
    expect(await stored()).toEqual({ language: 'de' });
  });

  it('loses no update of a hundred racers', async () => {
    await Promise.all(Array.from({ length: 100 }, (_, index) => settings.update(() => ({ [`key_${index}`]: index }))));
    const loaded = await settings.load();
    expect(Array.from({ length: 100 }, (_, index) => loaded?.[`key_${index}`])).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('hands on what the change throws, and stores nothing', async () => {
    const failing = settings.update(() => {
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow(new RangeError('no'));
    expect(await files.exists('settings.json')).toBe(false);
  });
});

describe('fields of other versions', () => {
  const other = '"later":{"big":12345678901234567890,"list":[1.50,null]},"__proto__":{"a":1},"Ünïcode 😀":"\\ud800"';

  it('survive a change of others, with all their digits, in their place', async () => {
    await files.write('settings.json', `{"language":"en",${other},"agent":"A"}`);
    const asBefore = new FileSettingsStore({ files, format: 'openhands' });
    await asBefore.update(() => ({ language: 'de' }));
    expect(await files.read('settings.json')).toBe(`{"language":"de",${other.replace('1.50', '1.5')},"agent":"A"}`);
  });

  it('can be read and set', async () => {
    await files.write('settings.json', `{${other}}`);
    expect(Object.entries((await settings.load()) ?? {})).toContainEqual(['__proto__', { a: 1 }]);
    await settings.store({ later: { a: [1] } });
    expect((await settings.load())?.['later']).toEqual({ a: [1] });
  });

  it('may be typed by an extension of the schema', async () => {
    const schema = settingsSchema.extend({
      theme: z.enum(['dark', 'light']).default('dark'),
      bot: z.looseObject({ token: z.string() }).nullable().default(null),
    });
    const extended = new FileSettingsStore({ files, schema, secretPaths: ['bot.token'], sealer: new ContextSealer() });
    expect((await extended.store({ bot: { token: 'canary' } })).theme satisfies 'dark' | 'light').toBe('dark');
    expect(JSON.stringify(await extended.load())).toContain('"bot":{"token":"**********"}');
    expect(await files.read('settings.json')).not.toContain('canary');
    // @ts-expect-error: no theme
    await expect(extended.store({ theme: 'blue' })).rejects.toEqual(withCode('invalid-argument'));
    expect(() => new FileSettingsStore({ files, schema: settingsSchema.extend({ needed: z.string() }) })).toThrow(/needed/);
  });
});

describe('a file of OpenHands', () => {
  const path = sessionsLayout.settings();
  let text: string;

  beforeEach(async () => {
    text = await readFile(join(openHandsHome, 'settings.json'), 'utf8');
    await files.write(path, text);
  });

  it('is read', async () => {
    const loaded = await settings.load();
    expect(loaded).toMatchObject({
      language: 'en',
      max_iterations: 250,
      max_budget_per_task: 4.5,
      condenser_max_size: 120,
      email_verified: true,
    });
    expect(loaded?.llm_api_key?.expose()).toBe('sk-test-abcdef0123456789');
    expect(loaded).not.toHaveProperty('secrets_store');
  });

  it('is changed in one place only, byte for byte, with format openhands', async () => {
    const asBefore = new FileSettingsStore({ files, layout: sessionsLayout, format: 'openhands' });
    await asBefore.store({ ...(await asBefore.load()), max_budget_per_task: 7, llm_api_key: '**********' });
    expect(await files.read(path)).toBe(text.replace('"max_budget_per_task":4.5', '"max_budget_per_task":7.0'));
  });

  it('gets its keys sealed by the first change', async () => {
    await new FileSettingsStore({ files, sealer: new ContextSealer() }).update(() => ({}));
    expect(await files.read(path)).not.toMatch(/sk-test|tvly-test/);
    const loaded = await new FileSettingsStore({ files, sealer: new ContextSealer() }).load();
    expect(loaded?.search_api_key?.expose()).toBe('tvly-test-42');
  });

  it('is the same again after having been sealed and written for OpenHands', async () => {
    await new FileSettingsStore({ files, sealer: new ContextSealer() }).update(() => ({}));
    await new FileSettingsStore({ files, sealer: new ContextSealer(), format: 'openhands' }).update(() => ({}));
    expect(await files.read(path)).toBe(text);
  });
});

describe('what cannot be read', () => {
  it.each([
    ['{"language":"en",', 'they are not JSON'],
    ['', 'they are not JSON'],
    ['[1]', 'not a JSON object'],
    ['{"max_iterations":"many"}', 'max_iterations'],
    ['{"$schema":"urn:oh-storage:settings","schema_version":"1"}', 'schema_version'],
    ['{"$schema":"urn:oh-storage:settings"}', 'schema_version'],
    ['{"$schema":"urn:oh-storage:settings","schema_version":0}', 'schema_version'],
  ])('%j is corrupt, and is not written over', async (text, why) => {
    await files.write('settings.json', text);
    await expect(settings.load()).rejects.toEqual(
      expect.objectContaining({ code: 'corrupt', path: 'settings.json', message: expect.stringContaining(why) }),
    );
    await expect(settings.store({ language: 'de' })).rejects.toEqual(withCode('corrupt'));
    await expect(settings.update(() => ({ language: 'de' }))).rejects.toEqual(withCode('corrupt'));
    await expect(settings.explain('language')).rejects.toEqual(withCode('corrupt'));
    expect(await files.read('settings.json')).toBe(text);
  });

  it.each([
    ['{"$schema":"urn:oh-storage:settings","schema_version":2,"language":"en"}', 'version 2'],
    ['{"schema_version":2,"agent_settings":{},"conversation_settings":{}}', 'another program'],
    ['{"$schema":"https://example.test/x"}', 'another program'],
  ])('%j is of a newer version or another program, and is left alone', async (text, why) => {
    await files.write('settings.json', text);
    await expect(settings.load()).rejects.toEqual(expect.objectContaining({ code: 'unsupported', message: expect.stringContaining(why) }));
    await expect(settings.store({ language: 'de' })).rejects.toEqual(withCode('unsupported'));
    expect(await files.read('settings.json')).toBe(text);
  });

  it('is never taken for missing', async () => {
    await settings.store({ language: 'de' });
    const failing = createFaultyFileStore(files, { faults: [{ operations: ['open'], code: 'permission-denied' }] });
    const behind = new FileSettingsStore({ files: failing });
    await expect(behind.load()).rejects.toEqual(withCode('permission-denied'));
    await expect(behind.store({ language: 'en' })).rejects.toEqual(withCode('permission-denied'));
    expect(await stored()).toEqual({ language: 'de' });
  });
});
