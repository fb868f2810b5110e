import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deriveFromPassphrase, formatKeyDerivation, type KeyDerivation, parseKeyDerivation } from '../src/key-derivation.ts';

async function derive(text: string, passphrase: string, salt: string): Promise<string> {
  const derivation = parseKeyDerivation(text) as KeyDerivation;
  return (await deriveFromPassphrase(passphrase, derivation, Buffer.from(salt))).export().toString('hex');
}

describe('deriveFromPassphrase', () => {
  it("gives what Python's hashlib.scrypt does", async () => {
    expect(await derive('scrypt$ln=17,r=8,p=1', 'password', 'sixteen-byte-slt')).toBe(
      'f49fba008afa8212950a49cdeb132e67fbe0e00a49049ce6165b89565c43274b',
    );
  });

  it('derives the same key once, whoever asks and how many at once', async () => {
    const derivation = parseKeyDerivation('scrypt$ln=17,r=8,p=1') as KeyDerivation;
    const again = (passphrase: string): Promise<KeyObject> =>
      deriveFromPassphrase(passphrase, derivation, Buffer.from('a salt of sixteen'));
    const keys = await Promise.all(Array.from({ length: 20 }, () => again('once')));
    keys.push(await again('once'));
    // The very object, not only an equal one.
    expect(new Set(keys).size).toBe(1);
    expect((await again('twice')).equals(keys[0] as KeyObject)).toBe(false);
  });
});

describe('parseKeyDerivation', () => {
  it.each(['scrypt$ln=17,r=8,p=1', 'scrypt$ln=20,r=8,p=4'])('reads what was written: %s', (text) => {
    expect(formatKeyDerivation(parseKeyDerivation(text) as KeyDerivation)).toBe(text);
  });

  it.each([
    'argon2id$m=65536,t=3,p=4',
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
