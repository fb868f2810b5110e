import { createCipheriv, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decrypt, encrypt } from '../src/aes-gcm.ts';

const key = randomBytes(32);
const context = Buffer.from('context');

it('decrypts what it encrypted', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (plain, aad) => {
      expect(decrypt(key, encrypt(key, plain, aad), aad)).toEqual(Buffer.from(plain));
    }),
  );
});

it('takes another nonce each time', () => {
  expect(encrypt(key, context, context)).not.toEqual(encrypt(key, context, context));
});

it('refuses another key and another context', () => {
  const box = encrypt(key, Buffer.from('plain'), context);
  expect(decrypt(randomBytes(32), box, context)).toBeUndefined();
  expect(decrypt(key, box, Buffer.from('contexT'))).toBeUndefined();
});

it('refuses every length of a tag but 16 bytes', () => {
  const nonce = randomBytes(12);
  for (let length = 0; length < 16; length += 1) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(context);
    const box = Buffer.concat([nonce, cipher.update('plain'), cipher.final(), cipher.getAuthTag().subarray(0, length)]);
    expect(decrypt(key, box, context)).toBeUndefined();
  }
});

it('refuses what is too short for a nonce and a tag', () => {
  for (let length = 0; length < 28; length += 1) {
    expect(decrypt(key, randomBytes(length), context)).toBeUndefined();
  }
});

it('refuses keys of another length', () => {
  expect(() => encrypt(randomBytes(16), context, context)).toThrow(RangeError);
});
