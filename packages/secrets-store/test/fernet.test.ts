import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fernet } from '../src/fernet.ts';

interface SpecVector {
  readonly desc?: string;
  readonly token: string;
  readonly now: string;
  readonly secret: string;
  readonly iv?: readonly number[];
  readonly src?: string;
  readonly ttl_sec?: number;
}

const spec = JSON.parse(readFileSync(new URL('vectors/fernet.json', import.meta.url), 'utf8')) as Record<
  'generate' | 'verify' | 'invalid',
  readonly SpecVector[]
>;

function toFernet(secret: string): Fernet {
  return new Fernet(Buffer.from(secret, 'base64url'));
}

/** What OpenHands' agent server makes of `OH_SECRET_KEY`, seconds since 1970 and text, with the bytes 0 to 15 for an IV. */
const ofOpenHands: readonly [passphrase: string, seconds: number, text: string, token: string][] = [
  [
    'test-secret-key',
    1_700_000_000,
    'hello',
    'gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD9OzrlFFxW19VNROSy_RTWQPKmaZRhx-DYY9Do0GViwDEWtUwtrqwriLaQmST7h-HA==',
  ],
  ['test-secret-key', 0, '', 'gAAAAAAAAAAAAAECAwQFBgcICQoLDA0ODxtS7ekAliOhh6eQZPbugZCwcuLDNSmKov7UZbW-Bt8x1gFnLczKFctp26sivgIiWQ=='],
  [
    'test-secret-key',
    0,
    'x'.repeat(15),
    'gAAAAAAAAAAAAAECAwQFBgcICQoLDA0OD3QXBjEZ9aN_WgS67SYkgKX5aMhDXEHcMCxwGuJAPloHfNqolMkCvSPmqx7DKnzRSA==',
  ],
  ['test-secret-key', 0, 'é€😀', 'gAAAAAAAAAAAAAECAwQFBgcICQoLDA0OD133SvLtjqkz2b_ojcT--3wSH_HfYe0jYKkGtoMAXLbxa3RnJGaAtq7yfBVRzzr9Yg=='],
  ['k1', 1_700_000_000, 'hello', 'gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD-6639eo1BvRU9cJhFM6dYYIqpZW7UJ9BdvMa-YyrJJfCu3Q0o0EiHuuYigZMogc9w=='],
];

describe('the vectors of the specification, https://github.com/fernet/spec', () => {
  it('has ten', () => {
    expect(Object.values(spec).map((vectors) => vectors.length)).toEqual([1, 1, 8]);
  });

  it.each(spec.generate)('makes the token of $src', ({ token, now, iv = [], src = '', secret }) => {
    expect(toFernet(secret).encrypt(src, { now: new Date(now), iv: Buffer.from(iv) })).toBe(token);
  });

  it.each(spec.verify)('opens the token of $src', ({ token, now, src, secret, ttl_sec }) => {
    expect(toFernet(secret).decrypt(token, { maxAgeSeconds: ttl_sec, now: new Date(now) })).toBe(src);
  });

  it.each(spec.invalid)('refuses: $desc', ({ token, now, secret, ttl_sec }) => {
    expect(toFernet(secret).decrypt(token, { maxAgeSeconds: ttl_sec, now: new Date(now) })).toBeUndefined();
  });
});

describe('Fernet', () => {
  const iv = Buffer.from(Array.from({ length: 16 }, (_, index) => index));
  const fernet = Fernet.fromPassphrase('test-secret-key');

  it.each(ofOpenHands)('makes and opens the tokens of OpenHands: %s, %d, %s', (passphrase, seconds, text, token) => {
    const own = Fernet.fromPassphrase(passphrase);
    expect(own.encrypt(text, { now: new Date(seconds * 1000), iv })).toBe(token);
    expect(own.decrypt(token)).toBe(text);
    expect(Fernet.isToken(token)).toBe(true);
    expect(Fernet.fromPassphrase('another').decrypt(token)).toBeUndefined();
  });

  it('opens what it makes, for every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(fernet.decrypt(fernet.encrypt(text))).toBe(text);
      }),
    );
  });

  it('opens no token with a bit changed or an end cut off', () => {
    const bytes = Buffer.from(fernet.encrypt('text'), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(fernet.decrypt(toToken(changed))).toBeUndefined();
    }
    for (let end = 0; end < bytes.length; end += 1) {
      expect(fernet.decrypt(toToken(bytes.subarray(0, end)))).toBeUndefined();
    }
  });

  it('reads what Python reads: white space within and the other alphabet, but no token without padding', () => {
    const [, , , token] = ofOpenHands[0] as (typeof ofOpenHands)[number];
    expect(fernet.decrypt(`${token.slice(0, 40)}\n ${token.slice(40)}\n`)).toBe('hello');
    expect(fernet.decrypt(token.replaceAll('-', '+').replaceAll('_', '/'))).toBe('hello');
    expect(fernet.decrypt(token.replaceAll('=', ''))).toBeUndefined();
    expect(fernet.decrypt(`${token}=`)).toBeUndefined();
  });

  it('knows a token by its form alone', () => {
    for (const text of ['', 'gAAAAA', 'gAAAAABlU_EA', 'ghp_token', 'x'.repeat(100)]) {
      expect(Fernet.isToken(text)).toBe(false);
    }
  });

  it('refuses a key of another size', () => {
    expect(() => new Fernet(Buffer.alloc(16))).toThrow(RangeError);
  });
});

function toToken(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
