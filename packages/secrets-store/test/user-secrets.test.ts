import { inspect } from 'node:util';
import { Secret } from '@oh/file-store-core/secrets';
import { expect, it } from 'vitest';
import { UserSecrets } from '../src/user-secrets.ts';

const secrets = new UserSecrets()
  .withCustomSecret('KEY', 'hush', 'opens the door')
  .withCustomSecret('EMPTY', '')
  .withProviderToken('github', { token: 'ghp_hush', host: 'github.example.org' });

it('gives the environment and the descriptions of all custom secrets, empty ones too', () => {
  expect({ ...secrets.getEnvVars() }).toEqual({ KEY: 'hush', EMPTY: '' });
  expect({ ...secrets.getCustomSecretsDescriptions() }).toEqual({ KEY: 'opens the door', EMPTY: null });
});

it('has the masked form of OpenHands in JSON', () => {
  expect(JSON.stringify(secrets)).toBe(
    '{"provider_tokens":{"github":{"token":"**********","host":"github.example.org","user_id":null}},' +
      '"custom_secrets":{"KEY":{"secret":"**********","description":"opens the door"},"EMPTY":{"secret":"","description":null}}}',
  );
});

it('shows no value when it is printed or cloned', () => {
  for (const shown of [`${secrets}`, inspect(secrets, { depth: 9, showHidden: true }), inspect(structuredClone(secrets), { depth: 9 })]) {
    expect(shown).not.toContain('hush');
  }
});

it('never changes', () => {
  const changed = secrets.withCustomSecret('KEY', new Secret('new')).withoutCustomSecret('EMPTY').withoutProviderToken('github');
  expect({ ...changed.getEnvVars() }).toEqual({ KEY: 'new' });
  expect(changed.getCustomSecretsDescriptions()['KEY']).toBe('opens the door');
  expect(changed.providerTokens).toEqual({});
  expect({ ...secrets.getEnvVars() }).toEqual({ KEY: 'hush', EMPTY: '' });
  expect(() => Object.assign(secrets.customSecrets, { OTHER: {} })).toThrow(TypeError);
  expect(() => Object.assign(secrets.customSecrets['KEY'] as object, { description: '' })).toThrow(TypeError);
  expect(() => Object.assign(secrets, { customSecrets: {} })).toThrow(TypeError);
});

it('takes any name for a name', () => {
  const odd = new UserSecrets().withCustomSecret('__proto__', 'a').withCustomSecret('constructor', 'b');
  expect(Object.entries(odd.getEnvVars())).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
  expect(odd.withCustomSecret('toString', 'c').getCustomSecretsDescriptions()['toString']).toBeNull();
  expect(Object.keys(odd.withoutCustomSecret('constructor').customSecrets)).toEqual(['__proto__']);
});
