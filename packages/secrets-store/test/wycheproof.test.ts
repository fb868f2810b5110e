import { describe, expect, it } from 'vitest';
import { decrypt, encrypt } from '../src/aes-gcm.ts';
import { hkdfSha256 } from '../src/hkdf.ts';
import { hmacSha256, verifyHmacSha256 } from '../src/hmac.ts';
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

  it('HMAC-SHA256: all 174, with the whole tag or, computed only, the first half of it', () => {
    const counts = { whole: 0, half: 0, invalid: 0 };
    for (const vector of readVectors('hmac-sha256')) {
      const [key, msg, tag] = ['key', 'msg', 'tag'].map((field) => bytesOf(vector, field)) as [Buffer, Buffer, Buffer];
      const isWhole = tag.length === 32;
      const isValid = vector['result'] === 'valid';
      expect(hmacSha256(key, msg).subarray(0, tag.length).equals(tag), vector['tcId']).toBe(isValid);
      expect(verifyHmacSha256(key, msg, tag), vector['tcId']).toBe(isValid && isWhole);
      counts[isValid ? (isWhole ? 'whole' : 'half') : 'invalid'] += 1;
    }
    expect(counts).toEqual({ whole: 33, half: 33, invalid: 108 });
  });
});
