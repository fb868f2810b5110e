import { inspect } from 'node:util';
import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileSettingsStore } from '../src/index.ts';
import { ContextSealer } from './context-sealer.ts';

const torn = '{"language":"de","llm_api_key":"canary';

/** What an action rejects with. */
async function rejection(action: Promise<unknown>): Promise<unknown> {
  return await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}

describe('settings that cannot be read', () => {
  let files: MemoryFileStore;
  let settings: FileSettingsStore;

  beforeEach(async () => {
    files = new MemoryFileStore();
    settings = new FileSettingsStore({ files });
    await files.write('settings.json', torn);
  });

  it('are copied beside themselves, once, and stay as they are', async () => {
    const error = await rejection(settings.load());
    const { version } = await files.stat((await files.list(''))[1] ?? '');
    expect(await rejection(settings.load())).toEqual(error);
    await rejection(settings.store({ language: 'en' }));
    await rejection(settings.update(() => ({})));
    const [original = '', copy = '', ...others] = await files.list('');
    expect([original, others]).toEqual(['settings.json', []]);
    expect(copy).toMatch(/^settings\.json\.corrupt-[0-9a-f]{16}$/);
    expect([await files.read(original), await files.read(copy)]).toEqual([torn, torn]);
    expect((await files.stat(copy)).version).toBe(version);
    expect(error).toMatchObject({ code: 'corrupt', path: 'settings.json', message: expect.stringContaining(`a copy is at "${copy}"`) });
    expect(inspect(error, { depth: 9 })).not.toContain('canary');
  });

  it('are copied again when they are others', async () => {
    await rejection(settings.load());
    await files.write('settings.json', new Uint8Array([0x7b, 0xff]));
    expect(await rejection(settings.load())).toMatchObject({ code: 'corrupt' });
    expect(await rejection(settings.store({}))).toMatchObject({ code: 'corrupt' });
    expect(await files.list('')).toHaveLength(3);
  });

  it('are told of also where no copy can be made', async () => {
    const full = createFaultyFileStore(files, { faults: [{ operations: ['write'], code: 'no-space' }] });
    const error = await rejection(new FileSettingsStore({ files: full }).load());
    expect(error).toMatchObject({ code: 'corrupt', message: expect.stringContaining('could not be copied: no-space; repair') });
  });

  it('are told of, without a permission that nobody missed, to who may only read', async () => {
    const refusing = createFaultyFileStore(files, { faults: [{ operations: ['write'], code: 'permission-denied' }] });
    const error = await rejection(new FileSettingsStore({ files: refusing }).load());
    expect(error).toMatchObject({ code: 'corrupt', message: expect.stringMatching(/; copy it, then repair or remove the file$/) });
  });

  it('are not copied for a key that does not open', async () => {
    await files.write('settings.json', '{"llm_api_key":{"$sealed":"WyJrMSIsMSxbXSwiYSJd"}}');
    expect(await rejection(new FileSettingsStore({ files, sealer: new ContextSealer() }).load())).toMatchObject({
      code: 'permission-denied',
    });
    expect(await files.list('')).toEqual(['settings.json']);
  });

  it('are not copied for what keeps the keys, which is damaged itself', async () => {
    await files.write('settings.json', '{"language":"de"}');
    const sealer = Object.assign(new ContextSealer(), {
      seal: async () => {
        throw new FileStoreError('corrupt', 'the key ring cannot be read', { path: 'secrets/key-ring.json' });
      },
    });
    expect(await rejection(new FileSettingsStore({ files, sealer }).store({ llm_api_key: 'k' }))).toMatchObject({
      code: 'corrupt',
      path: 'secrets/key-ring.json',
    });
    expect(await files.list('')).toEqual(['settings.json']);
  });

  it('let an abort through while they are copied', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const stopping = new Proxy(files, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key, target);
        return typeof member !== 'function'
          ? member
          : (...args: readonly unknown[]) => {
              if (key === 'readBytes') {
                abort.abort(reason);
              }
              return Reflect.apply(member, target, args);
            };
      },
    });
    expect(await rejection(new FileSettingsStore({ files: stopping }).load({ signal: abort.signal }))).toBe(reason);
  });
});
