import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/secrets/secret.ts';

const canary = 'canary-5f2d';
const secret = new Secret(canary);

describe('Secret', () => {
  it.each<[string, () => unknown]>([
    ['JSON', () => JSON.stringify({ secret, list: [secret] })],
    ['a template string', () => `${secret}`],
    ['a sum', () => `x${secret}`],
    ['String', () => String(secret)],
    ['inspect', () => inspect({ secret }, { showHidden: true, depth: 9, getters: true })],
    ['inspect without custom inspection', () => inspect(secret, { customInspect: false, showHidden: true })],
    ['%s', () => format('%s', secret)],
    ['%o', () => format('%o', secret)],
    ['%O', () => format('%O', secret)],
    ['%j', () => format('%j', secret)],
    ['%d', () => format('%d', secret)],
    ['an error with a cause', () => inspect(new Error('no', { cause: secret }))],
    ['structuredClone', () => inspect(structuredClone({ secret }), { showHidden: true })],
    ['serialize', () => serialize(secret).toString('latin1')],
    ['its own keys', () => inspect([Reflect.ownKeys(secret), Object.entries(secret), { ...secret }])],
    ['a console table', () => inspect(Object.getOwnPropertyDescriptors(secret))],
  ])('shows no value in %s', (_sink, show) => {
    expect(show()).toEqual(expect.not.stringContaining(canary));
  });

  it('shows ten asterisks, as OpenHands does, and of an empty one nothing in JSON', () => {
    expect(`${secret}`).toBe('**********');
    expect(JSON.stringify([secret, new Secret('')])).toBe('["**********",""]');
    expect(inspect(secret)).toBe('Secret(**********)');
  });

  it('is exposed by an explicit call', () => {
    expect(secret.expose()).toBe(canary);
  });

  it('is equal to one with the same text', () => {
    expect(secret.equals(new Secret(canary))).toBe(true);
    expect(secret.equals(new Secret('canary-5f2e'))).toBe(false);
  });

  it('is made of texts alone, and says so without the value', () => {
    expect(() => new Secret({ canary } as never)).toThrow(new TypeError('a secret is a string'));
  });

  it('cannot be changed', () => {
    expect(() => Object.assign(secret, { toString: () => canary })).toThrow(TypeError);
  });
});
