import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decrypt, encrypt } from '../src/aes-gcm.ts';
import { decodeBase64Url } from '../src/base64url.ts';
import { encodeContext } from '../src/encode-context.ts';
import { openEnvelope, parseEnvelope, rewrapEnvelope, sealText } from '../src/envelope.ts';
import type { WrappingKey } from '../src/wrapping-key.ts';

function newKey(id: string): WrappingKey {
  return { id, key: createSecretKey(randomBytes(32)), macKey: createSecretKey(randomBytes(32)) };
}

const key = newKey('k1');
const context = ['alice', 'secrets/secrets.json', 'custom_secrets', 'NAME', 'secret', '1'];

function open(text: string, by: WrappingKey = key, place: readonly string[] = context): string | undefined {
  const envelope = parseEnvelope(text);
  return envelope && openEnvelope(by, envelope, place);
}

describe('an envelope', () => {
  it('opens in its place, for every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(open(sealText(key, text, context))).toBe(text);
      }),
    );
  });

  it('is another one each time', () => {
    expect(sealText(key, 'text', context)).not.toBe(sealText(key, 'text', context));
  });

  it.each(context.map((_text, index) => index))('does not open with another text in its context, at %d', (index) => {
    const sealed = sealText(key, 'text', context);
    expect(open(sealed, key, context.with(index, 'x'))).toBeUndefined();
    expect(open(sealed, key, context.toSpliced(index, 1))).toBeUndefined();
  });

  it('does not open with another key, also one of the same name', () => {
    expect(open(sealText(key, 'text', context), newKey('k1'))).toBeUndefined();
    expect(open(sealText(key, 'text', context), { ...key, id: 'k2' })).toBe('text');
    expect(open(sealText(key, 'text', context).replace('.k1.', '.k2.'), key)).toBeUndefined();
  });

  it('does not open with the text or the data key of another one of the same place', () => {
    const [, , wrapped] = sealText(key, 'a', context).split('.');
    const [prefix, id, , body] = sealText(key, 'b', context).split('.');
    expect(open([prefix, id, wrapped, body].join('.'))).toBeUndefined();
  });

  it('does not open with its data key wrapped for another place, which only who has the key can do', () => {
    const [, , wrapped = '', body] = sealText(key, 'text', context).split('.');
    const dataKey = decrypt(key.key, Buffer.from(wrapped, 'base64url'), encodeContext(['ohs1', 'data key', 'k1', ...context]));
    const other = ['bob', ...context.slice(1)];
    const forged = encrypt(key.key, dataKey ?? Buffer.alloc(0), encodeContext(['ohs1', 'data key', 'k1', ...other]));
    expect(dataKey).toHaveLength(32);
    expect(open(['ohs1', 'k1', forged.toString('base64url'), body].join('.'), key, other)).toBeUndefined();
  });

  it('does not open with any character changed, left out or added', () => {
    const sealed = sealText(key, 'text', context);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n';
    let tried = 0;
    for (let at = 0; at <= sealed.length; at += 1) {
      const before = sealed.slice(0, at);
      const candidates = [before, before + sealed.slice(at + 1), ...Array.from(alphabet, (c) => before + c + sealed.slice(at + 1))];
      const added = Array.from(alphabet, (c) => before + c + sealed.slice(at));
      for (const candidate of [...candidates, ...added].filter((each) => each !== sealed)) {
        expect(open(candidate)).toBeUndefined();
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(18_000);
  });

  it('is wrapped by another key with its text as it is, and not when it does not open', () => {
    const next = newKey('k2');
    const sealed = sealText(key, 'text', context);
    const envelope = parseEnvelope(sealed);
    const rewrapped = envelope && rewrapEnvelope(key, next, envelope, context);
    expect(open(rewrapped ?? '', next)).toBe('text');
    expect(rewrapped?.split('.')[3]).toBe(sealed.split('.')[3]);
    expect(open(rewrapped ?? '', key)).toBeUndefined();
    expect(envelope && rewrapEnvelope(next, key, envelope, context)).toBeUndefined();
    expect(envelope && rewrapEnvelope(key, next, { ...envelope, body: Buffer.alloc(40) }, context)).toBeUndefined();
  });
});

it('reads base64url in one spelling', () => {
  expect(decodeBase64Url('_-8')).toEqual(Buffer.from([0xff, 0xef]));
  for (const text of ['_-9', '_-8=', '/+8', '_-8 ', '_', '_-8A\n', 'é']) {
    expect(decodeBase64Url(text)).toBeUndefined();
  }
});
