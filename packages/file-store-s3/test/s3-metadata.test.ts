import { describe, expect, it } from 'vitest';
import { decodeMetadata, encodeMetadata, markOf } from '../src/s3-metadata.ts';

describe('metadata', () => {
  it('stores plain ASCII as it is, and all else as an RFC 2047 word', () => {
    expect(encodeMetadata('f', { plain: 'a b+c=~', name: 'Zoë' }, undefined)).toEqual({ plain: 'a b+c=~', name: '=?UTF-8?B?Wm/Dqw==?=' });
  });

  it('gives back every value', () => {
    const values = [
      '',
      ' ',
      'a',
      ' a',
      'a ',
      'a  b',
      'é',
      '😀',
      '=?UTF-8?B?Wm/Dqw==?=',
      '=?x',
      'a=?utf-8?b?eA==?=',
      '"quoted", list',
      '%41',
    ];
    const metadata = Object.fromEntries(values.map((value, i) => [`k${i}`, value]));
    const stored = encodeMetadata('f', metadata, { id: 'id', replaced: 'a/b' });
    expect(Object.values(stored).every((value) => /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(value))).toBe(true);
    expect(decodeMetadata(stored)).toEqual(metadata);
    expect(markOf(stored)).toEqual({ id: 'id', replaced: 'a/b' });
  });

  it('reads what S3 and other programs write', () => {
    expect(decodeMetadata({ b: '=?utf-8?b?Wm/Dqw==?=', q: '=?UTF-8?Q?Zo=C3=AB_x?=', other: '=?latin1?Q?x?=' })).toEqual({
      b: 'Zoë',
      q: 'Zoë x',
      other: '=?latin1?Q?x?=',
    });
    expect(decodeMetadata({ 'oh-write': 'x' })).toBeUndefined();
    expect(decodeMetadata(undefined)).toBeUndefined();
  });

  it.each(['', 'etag', undefined])('tells what a write replaced: %j', (replaced) => {
    expect(markOf(encodeMetadata('f', undefined, { id: 'id', replaced }))).toEqual({ id: 'id', replaced });
    expect(markOf({})).toBeUndefined();
  });

  it('refuses its own key, and more than S3 keeps', () => {
    const refusal = expect.objectContaining({ code: 'invalid-argument', path: 'f' });
    expect(() => encodeMetadata('f', { 'oh-write': 'x' }, undefined)).toThrow(refusal);
    expect(encodeMetadata('f', { a: 'x'.repeat(2047) }, undefined)).toHaveProperty('a');
    expect(() => encodeMetadata('f', { a: 'x'.repeat(2047) }, { id: 'id', replaced: undefined })).toThrow(refusal);
    expect(() => encodeMetadata('f', { a: 'é'.repeat(800) }, undefined)).toThrow(refusal);
  });
});
