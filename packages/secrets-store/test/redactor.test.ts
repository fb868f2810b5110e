import { rawNumber } from '@oh/file-store-core/json';
import { Secret } from '@oh/file-store-core/secrets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redactor } from '../src/redactor.ts';
import { UserSecrets } from '../src/user-secrets.ts';

function redactor(...values: string[]): Redactor {
  return new Redactor(values.map((value) => new Secret(value)));
}

describe('Redactor', () => {
  it('is made of what was loaded', () => {
    const secrets = new UserSecrets().withCustomSecret('A', 'hush-1').withProviderToken('github', { token: 'ghp_hush' });
    expect(new Redactor(secrets.values()).redact('hush-1 ghp_hush hush')).toBe('********** ********** hush');
    expect(new Redactor(secrets.values(), { replacement: '<secret_hidden>' }).redact('a hush-1')).toBe('a <secret_hidden>');
  });

  it.each([
    ['base64', (value: string) => Buffer.from(value).toString('base64')],
    ['base64 after something', (value: string) => Buffer.from(`user:${value}`).toString('base64')],
    ['base64 between something', (value: string) => Buffer.from(`ab${value}yz`).toString('base64')],
    ['base64url', (value: string) => Buffer.from(`x${value}`).toString('base64url')],
    ['a URL', (value: string) => `https://host/?q=${encodeURIComponent(value)}`],
    ['a form', (value: string) => new URLSearchParams({ q: value }).toString()],
    ['JSON', (value: string) => JSON.stringify({ value })],
    ['JSON within JSON', (value: string) => JSON.stringify(JSON.stringify({ value }))],
  ])('finds a value in %s', (_where, encode) => {
    const value = 'k9 "quoted"/+über\\slash';
    const shown = redactor(value, JSON.stringify(value).slice(1, -1)).redact(encode(value));
    expect(shown).toContain('**********');
    expect(shown).not.toMatch(/quoted|slash|cXVvdGVk|F1b3RlZ|xdW90ZW/);
  });

  it('takes the longest, and looks through nothing twice', () => {
    expect(redactor('hush', 'hush-hush').redact('hush-hush')).toBe('**********');
    expect(redactor('****', 'hush').redact('hush')).toBe('**********');
    expect(new Redactor([new Secret('hush')], { replacement: '$&' }).redact('a hush')).toBe('a $&');
  });

  it('takes no value for a pattern', () => {
    expect(redactor('a.c+(d)').redact('abc a.c+(d)')).toBe('abc **********');
  });

  it('ignores what is empty or short', () => {
    expect(redactor('', 'a', 'abc').redact('abcabc')).toBe('abcabc');
    expect(new Redactor([new Secret('abc'), new Secret('')], { minLength: 0 }).redact('abcabd')).toBe('**********abd');
    expect(redactor().redact('text')).toBe('text');
  });

  it('finds values in texts and keys of JSON values at any depth', () => {
    const value = { a: ['hush', { 'the hush': 'x hush' }, 5, null], n: rawNumber('12345678901234567890') };
    expect(JSON.stringify(redactor('hush').redactValue(value))).toBe(
      '{"a":["**********",{"the **********":"x **********"},5,null],"n":12345678901234567890}',
    );
    expect(value.a[0]).toBe('hush');
  });

  it('tells keys apart that become the same, so that nothing beside a value is lost', () => {
    expect(redactor('hush', 'shhh').redactValue({ hush: 1, shhh: 2 })).toEqual({ '**********': 1, '********** (2)': 2 });
  });

  it('leaves no value in any text', () => {
    const values = fc.array(fc.string({ minLength: 4, maxLength: 12 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(values, fc.string(), (secrets, noise) => {
        const shown = redactor(...secrets).redact(secrets.join(noise));
        expect(secrets.filter((secret) => shown.replaceAll('**********', '').includes(secret) && !noise.includes(secret))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
