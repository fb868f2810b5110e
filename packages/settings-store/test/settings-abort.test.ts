import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileSettingsStore, type LegacySecretsReceiver, type SettingsSealer } from '../src/index.ts';
import { ContextSealer } from './context-sealer.ts';
import { withCode } from './with-code.ts';

let files: MemoryFileStore;
let settings: FileSettingsStore;

beforeEach(() => {
  files = new MemoryFileStore();
  settings = new FileSettingsStore({ files });
});

describe('an abort', () => {
  const reason = new Error('enough');

  it('rejects with its reason before anything is done', async () => {
    const signal = AbortSignal.abort(reason);
    await expect(settings.load({ signal })).rejects.toBe(reason);
    await expect(settings.store({ language: 'de' }, { signal })).rejects.toBe(reason);
    await expect(settings.update(() => ({}), { signal })).rejects.toBe(reason);
    await expect(settings.explain('language', { signal })).rejects.toBe(reason);
    expect(await files.exists('settings.json')).toBe(false);
  });

  it('rejects with its reason while a change or a sealer never answers', async () => {
    const abort = new AbortController();
    const changing = settings.update(
      () =>
        new Promise(() => {
          abort.abort(reason);
        }),
      { signal: abort.signal },
    );
    await expect(changing).rejects.toBe(reason);
    await files.write('settings.json', '{"llm_api_key":{"$sealed":"x"}}');
    const opening = new AbortController();
    const silent: SettingsSealer = {
      keyIdOf: () => undefined,
      seal: () => Promise.reject(new Error('not asked')),
      open: () =>
        new Promise(() => {
          opening.abort(reason);
        }),
    };
    await expect(new FileSettingsStore({ files, sealer: silent }).load({ signal: opening.signal })).rejects.toBe(reason);
  });

  it('reaches the file store and the sealer', async () => {
    const abort = new AbortController();
    const signals: unknown[] = [];
    const watched: FileStore = new Proxy(files, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key, target);
        return typeof member !== 'function'
          ? member
          : (...args: readonly unknown[]) => {
              signals.push((args.at(-1) as { signal?: unknown }).signal);
              return Reflect.apply(member, target, args);
            };
      },
    });
    const sealer = new ContextSealer();
    const behind = new FileSettingsStore({
      files: watched,
      sealer: {
        keyIdOf: (sealed) => sealer.keyIdOf(sealed),
        seal: (text, context, options) => {
          signals.push(options?.signal);
          return sealer.seal(text, context);
        },
        open: (text, context, options) => {
          signals.push(options?.signal);
          return sealer.open(text, context);
        },
      },
    });
    await behind.store({ llm_api_key: 'k' }, { signal: abort.signal });
    await behind.load({ signal: abort.signal });
    expect(signals.length).toBeGreaterThanOrEqual(5);
    await files.write('settings.json', '{"llm_api_key":"k","secrets_store":{"custom_secrets":{"A":{"secret":"a"}}}}');
    const receiver: LegacySecretsReceiver = {
      receive: async (_secrets, { signal }) => void signals.push(signal),
      load: async ({ signal }) => {
        signals.push(signal);
        return { providerTokens: {}, customSecrets: { A: { secret: { expose: () => 'a' }, description: null } } };
      },
    };
    expect((await behind.handOverSecrets(receiver, { signal: abort.signal })).handedOver).toHaveLength(1);
    expect(await files.exists('settings.json.v0.bak')).toBe(true);
    await files.write('settings.json', '{"llm_api_key":"k"}');
    await behind.store({ language: 'de' }, { signal: abort.signal });
    await behind.countKeys({ signal: abort.signal });
    await behind.rewrap({ signal: abort.signal });
    await files.write('settings.json', '{');
    await expect(behind.load({ signal: abort.signal })).rejects.toEqual(withCode('corrupt'));
    expect(new Set(signals)).toEqual(new Set([abort.signal]));
  });
});
