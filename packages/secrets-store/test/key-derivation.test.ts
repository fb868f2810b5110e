import crypto from 'node:crypto';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  defaultKeyDerivation,
  deriveFromPassphrase,
  formatKeyDerivation,
  type KeyDerivation,
  parseKeyDerivation,
} from '../src/key-derivation.ts';

const hasArgon2 = typeof crypto.argon2 === 'function';

afterEach(() => {
  vi.restoreAllMocks();
});

async function derive(text: string, passphrase: string, salt: string): Promise<string> {
  const derivation = parseKeyDerivation(text) as KeyDerivation;
  return (await deriveFromPassphrase(passphrase, derivation, Buffer.from(salt))).export().toString('hex');
}

describe('deriveFromPassphrase', () => {
  it('gives what the reference implementation of Argon2 does, https://github.com/P-H-C/phc-winner-argon2/blob/master/src/test.c', async (context) => {
    context.skip(!hasArgon2, 'this Node has no argon2');
    expect(await derive('argon2id$m=65536,t=2,p=1', 'password', 'somesalt')).toBe(
      '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7',
    );
  });

  it("gives what Python's hashlib.scrypt does", async () => {
    expect(await derive('scrypt$ln=17,r=8,p=1', 'password', 'sixteen-byte-slt')).toBe(
      'f49fba008afa8212950a49cdeb132e67fbe0e00a49049ce6165b89565c43274b',
    );
  });

  it('derives the same key once, whoever asks and how many at once', async (context) => {
    context.skip(!hasArgon2, 'this Node has no argon2');
    const argon2 = vi.spyOn(crypto, 'argon2');
    const again = (passphrase: string): Promise<string> => derive('argon2id$m=19456,t=2,p=1', passphrase, 'a salt of sixteen');
    const keys = await Promise.all(Array.from({ length: 20 }, () => again('once')));
    keys.push(await again('once'));
    expect(new Set(keys).size).toBe(1);
    expect(argon2).toHaveBeenCalledTimes(1);
    expect(await again('twice')).not.toBe(keys[0]);
    expect(argon2).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['is not there', undefined],
    [
      'is there and always throws',
      () => {
        throw new Error('Argon2 algorithm not supported');
      },
    ],
  ])('says which Node has argon2, and takes scrypt, where it %s', async (_, missing) => {
    const { argon2, argon2Sync } = crypto;
    onTestFinished(() => {
      Object.assign(crypto, { argon2, argon2Sync });
    });
    Object.assign(crypto, { argon2: missing, argon2Sync: missing });
    expect(defaultKeyDerivation().name).toBe('scrypt');
    await expect(derive('argon2id$m=19456,t=2,p=1', 'missing', 'salt')).rejects.toThrow(
      '[unsupported] keys made with argon2id need Node 24.7',
    );
  });
});

describe('parseKeyDerivation', () => {
  it.each([
    'argon2id$m=65536,t=3,p=4',
    'argon2id$m=19456,t=2,p=1',
    'argon2id$m=1048576,t=16,p=16',
    'scrypt$ln=17,r=8,p=1',
    'scrypt$ln=20,r=8,p=4',
  ])('reads what was written: %s', (text) => {
    expect(formatKeyDerivation(parseKeyDerivation(text) as KeyDerivation)).toBe(text);
  });

  it.each([
    'argon2id$m=1048577,t=3,p=4',
    'argon2id$m=67108864,t=3,p=4',
    'argon2id$m=65536,t=17,p=4',
    'argon2id$m=65536,t=3,p=17',
    'argon2id$m=19455,t=3,p=4',
    'argon2id$m=19456,t=1,p=4',
    'argon2id$m=65536,t=0,p=4',
    'argon2id$m=65536,t=3,p=0',
    'argon2i$m=65536,t=3,p=4',
    'scrypt$ln=16,r=8,p=1',
    'scrypt$ln=21,r=8,p=1',
    'scrypt$ln=17,r=9,p=1',
    'scrypt$ln=17,r=8,p=0',
    'scrypt$ln=17,r=8,p=5',
    'scrypt$ln=17,r=8,p=1 ',
    '',
  ])('refuses costs out of bounds before anything is computed: %s', (text) => {
    expect(parseKeyDerivation(text)).toBeUndefined();
  });
});
