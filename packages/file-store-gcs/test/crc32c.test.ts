import assert from 'node:assert/strict';
import { CRC32C } from '@google-cloud/storage';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { Crc32c } from '../src/crc32c.ts';

describe('Crc32c', () => {
  it('gives the values of RFC 3720', () => {
    for (const [bytes, expected] of [
      [Buffer.from(''), 0],
      [Buffer.from('123456789'), 0xe3069283],
      [Buffer.alloc(32), 0x8a9136aa],
      [Buffer.alloc(32, 0xff), 0x62a8ab43],
      [Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    ] as const) {
      const crc = new Crc32c();
      crc.update(bytes);
      assert.equal(Buffer.from(crc.toString(), 'base64').readUInt32BE(), expected);
    }
  });

  it('gives what the SDK gives, however the bytes are divided', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (pieces) => {
        const ours = new Crc32c();
        const theirs = new CRC32C();
        for (const piece of pieces) {
          ours.update(piece);
          theirs.update(Buffer.from(piece));
        }
        assert.equal(ours.toString(), theirs.toString());
      }),
    );
  });
});
