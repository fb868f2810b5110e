import { MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Exposable, FileSettingsStore, type LegacySecrets, type LegacySecretsReceiver } from '../src/index.ts';
import { ContextSealer } from './context-sealer.ts';

const text = JSON.stringify({
  language: 'de',
  secrets_store: {
    provider_tokens: { github: { token: 'canary-gh', host: 'ghe.test', user_id: 'u' }, gitlab: 'canary-gl', bitbucket: { token: '' } },
    custom_secrets: { A: { secret: 'canary-a', description: 'd' }, B: { secret: 'canary-b', description: null } },
    other: 1,
  },
  secret_store: { custom_secrets: { B: { secret: 'canary-old-b' }, C: { secret: 'canary-c' } } },
  agent: 'A',
});

/** A place for secrets that keeps what it has. */
class Receiver implements LegacySecretsReceiver {
  stored: LegacySecrets<Exposable> = { providerTokens: {}, customSecrets: {} };

  async receive({ providerTokens, customSecrets }: LegacySecrets): Promise<void> {
    this.stored = {
      providerTokens: { ...providerTokens, ...this.stored.providerTokens },
      customSecrets: { ...customSecrets, ...this.stored.customSecrets },
    };
  }

  async load(): Promise<LegacySecrets<Exposable> | null> {
    return this.stored;
  }

  get texts(): Record<string, string> {
    const { providerTokens, customSecrets } = this.stored;
    const tokens = Object.entries(providerTokens).map(([name, { token }]) => [name, token.expose()]);
    return Object.fromEntries([...tokens, ...Object.entries(customSecrets).map(([name, { secret }]) => [name, secret.expose()])]);
  }
}

describe('secrets in old settings', () => {
  let files: MemoryFileStore;
  let settings: FileSettingsStore;
  let receiver: Receiver;

  beforeEach(async () => {
    files = new MemoryFileStore();
    settings = new FileSettingsStore({ files, format: 'openhands' });
    receiver = new Receiver();
    await files.write('settings.json', text);
  });

  async function fields(): Promise<Record<string, unknown>> {
    return JSON.parse(await files.read('settings.json')) as Record<string, unknown>;
  }

  it('are handed over, custom ones included, and removed once they are stored', async () => {
    const { handedOver, kept } = await settings.handOverSecrets(receiver);
    expect(receiver.texts).toEqual({ github: 'canary-gh', gitlab: 'canary-gl', A: 'canary-a', B: 'canary-b', C: 'canary-c' });
    expect(receiver.stored.providerTokens['github']).toMatchObject({ host: 'ghe.test', user_id: 'u' });
    expect(receiver.stored.customSecrets['A']).toMatchObject({ description: 'd' });
    expect(handedOver).toEqual([
      'provider_tokens.github',
      'provider_tokens.gitlab',
      'custom_secrets.A',
      'custom_secrets.B',
      'custom_secrets.C',
    ]);
    expect(kept).toEqual(['provider_tokens.bitbucket', 'custom_secrets.B']);
    expect(await fields()).toEqual({
      language: 'de',
      secrets_store: { provider_tokens: { bitbucket: { token: '' } }, custom_secrets: {}, other: 1 },
      secret_store: { custom_secrets: { B: { secret: 'canary-old-b' } } },
      agent: 'A',
    });
  });

  it('stay where the receiver has another value for them', async () => {
    await receiver.receive({ providerTokens: {}, customSecrets: { A: { secret: { expose: () => 'newer' }, description: 'd' } } } as never);
    expect((await settings.handOverSecrets(receiver)).kept).toContain('custom_secrets.A');
    expect(receiver.texts['A']).toBe('newer');
    expect(await files.read('settings.json')).toContain('canary-a');
  });

  it.each<[string, Partial<LegacySecretsReceiver>]>([
    ['stores nothing', { receive: async () => undefined }],
    ['finds nothing', { load: async () => null }],
  ])('stay where the receiver %s, whatever it says', async (_, fault) => {
    const broken: LegacySecretsReceiver = { receive: (secrets) => receiver.receive(secrets), load: () => receiver.load(), ...fault };
    expect((await settings.handOverSecrets(broken)).handedOver).toEqual([]);
    expect(await files.read('settings.json')).toBe(text);
  });

  it('stay where the receiver fails, and where a token lost its host or its user', async () => {
    const failing: LegacySecretsReceiver = { receive: () => Promise.reject(new Error('no')), load: () => receiver.load() };
    await expect(settings.handOverSecrets(failing)).rejects.toThrow('no');
    for (const lost of [{ host: null }, { user_id: null }]) {
      const github = { token: { expose: () => 'canary-gh' }, host: 'ghe.test', user_id: 'u', ...lost };
      const forgetful: LegacySecretsReceiver = {
        receive: (secrets) => receiver.receive(secrets),
        load: async () => ({ customSecrets: {}, providerTokens: { github } }),
      };
      expect((await settings.handOverSecrets(forgetful)).handedOver).toEqual([]);
    }
    const vague: LegacySecretsReceiver = {
      receive: (secrets) => receiver.receive(secrets),
      load: async () => ({ customSecrets: { A: { secret: { expose: () => 'canary-a' }, description: null } }, providerTokens: {} }),
    };
    expect((await settings.handOverSecrets(vague)).handedOver).toEqual([]);
    expect(await files.read('settings.json')).toBe(text);
  });

  it('are in one place or the other whenever the hand-over is cut short', async () => {
    for (const at of ['before', 'after'] as const) {
      for (let skip = 0; skip < 4; skip += 1) {
        await files.write('settings.json', text);
        receiver = new Receiver();
        const cut = createFaultyFileStore(files, { faults: [{ at, skip }] });
        await new FileSettingsStore({ files: cut, format: 'openhands' }).handOverSecrets(receiver).catch(() => undefined);
        const both = (await files.read('settings.json')) + JSON.stringify(receiver.texts);
        for (const canary of ['canary-gh', 'canary-gl', 'canary-a', 'canary-b', 'canary-c']) {
          expect(both).toContain(canary);
        }
        await settings.handOverSecrets(receiver);
        expect(await files.read('settings.json')).not.toMatch(/canary-(gh|gl|a|b|c)"/);
      }
    }
  });

  it('survive other changes, and are sealed by them in the native form', async () => {
    const native = new FileSettingsStore({ files, sealer: new ContextSealer() });
    await native.store({ language: 'fr' });
    for (const path of await files.list('')) {
      expect(await files.read(path)).not.toContain('canary');
    }
    expect((await native.handOverSecrets(receiver)).handedOver).toHaveLength(5);
    expect(Object.keys(receiver.texts)).toHaveLength(5);
  });

  it('cannot be set, and are not shown', async () => {
    await settings.store({ ...(await settings.load()), secrets_store: { provider_tokens: {} } });
    expect(await files.read('settings.json')).toBe(text);
    expect(JSON.stringify(await settings.load())).not.toContain('secrets_store');
  });

  it('are not asked for where there are none', async () => {
    await files.write('settings.json', '{"secrets_store":{"provider_tokens":{}}}');
    const unasked: LegacySecretsReceiver = {
      receive: () => Promise.reject(new Error('asked')),
      load: () => Promise.reject(new Error('asked')),
    };
    expect(await settings.handOverSecrets(unasked)).toEqual({ handedOver: [], kept: [] });
    await files.delete('settings.json');
    expect(await settings.handOverSecrets(unasked)).toEqual({ handedOver: [], kept: [] });
    expect(await files.exists('settings.json')).toBe(false);
  });

  it('let an abort through while a receiver never answers', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const silent: LegacySecretsReceiver = {
      receive: () =>
        new Promise(() => {
          abort.abort(reason);
        }),
      load: async () => null,
    };
    await expect(settings.handOverSecrets(silent, { signal: abort.signal })).rejects.toBe(reason);
    await expect(settings.handOverSecrets(silent, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const loading = new AbortController();
    const mute: LegacySecretsReceiver = {
      receive: async () => undefined,
      load: () =>
        new Promise(() => {
          loading.abort(reason);
        }),
    };
    await expect(settings.handOverSecrets(mute, { signal: loading.signal })).rejects.toBe(reason);
  });
});
