import { describe, expect, it } from 'vitest';
import { decrypt, encrypt } from '../src/aes-gcm.ts';
import { hkdfSha256 } from '../src/hkdf.ts';
import { bytesOf, readVectors } from './vectors/read-vectors.ts';

describe('the vectors of Wycheproof, https://github.com/C2SP/wycheproof', () => {
  it('AES-GCM: 66 with keys of 256 and nonces of 96 bits as they say, 250 others refused for their sizes', () => {
    const counts = { valid: 0, invalid: 0, refused: 0 };
    for (const vector of readVectors('aes-gcm')) {
      const [key, iv, aad, msg] = ['key', 'iv', 'aad', 'msg'].map((field) => bytesOf(vector, field)) as [Buffer, Buffer, Buffer, Buffer];
      const box = Buffer.concat([iv, bytesOf(vector, 'ct'), bytesOf(vector, 'tag')]);
      if (key.length !== 32 || iv.length !== 12) {
        expect(() => encrypt(key, msg, aad, iv), vector['tcId']).toThrow(RangeError);
        counts.refused += 1;
      } else if (vector['result'] === 'valid') {
        expect(encrypt(key, msg, aad, iv), vector['tcId']).toEqual(box);
        expect(decrypt(key, box, aad), vector['tcId']).toEqual(msg);
        counts.valid += 1;
      } else {
        expect(decrypt(key, box, aad), vector['tcId']).toBeUndefined();
        counts.invalid += 1;
      }
    }
    expect(counts).toEqual({ valid: 39, invalid: 27, refused: 250 });
  });

  it('HKDF-SHA256: all 86', () => {
    const counts = { valid: 0, invalid: 0 };
    for (const vector of readVectors('hkdf-sha256')) {
      const derive = (): Buffer =>
        hkdfSha256(bytesOf(vector, 'ikm'), bytesOf(vector, 'salt'), bytesOf(vector, 'info'), Number(vector['size']));
      if (vector['result'] === 'invalid') {
        expect(derive, vector['tcId']).toThrow(RangeError);
        counts.invalid += 1;
      } else {
        expect(derive(), vector['tcId']).toEqual(bytesOf(vector, 'okm'));
        counts.valid += 1;
      }
    }
    expect(counts).toEqual({ valid: 83, invalid: 3 });
  });
});
