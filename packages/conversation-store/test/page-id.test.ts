import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePageId, encodePageId } from '../src/page-id.ts';

const anyPosition = fc.record({
  instant: fc.bigInt({ min: -62_135_683_200_000_000n, max: 253_402_387_199_999_999n }),
  id: fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/),
});

function toPageId(json: string): string {
  return Buffer.from(json).toString('base64url');
}

describe('a page id', () => {
  it('gives back the position it was made of', () => {
    fc.assert(
      fc.property(anyPosition, (position) => {
        expect(decodePageId(encodePageId(position))).toEqual(position);
      }),
    );
  });

  it('needs no escaping in a URL', () => {
    fc.assert(
      fc.property(anyPosition, (position) => {
        expect(encodePageId(position)).toMatch(/^[A-Za-z0-9_-]+$/);
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['an offset as OpenHands gives it', 'Mw=='],
    ['what is not base64', '%%%'],
    ['what is not JSON', toPageId('[1,"5","a"')],
    ['another version', toPageId('[2,"5","a"]')],
    ['a number for the instant', toPageId('[1,5,"a"]')],
    ['an instant that is none', toPageId('[1,"x","a"]')],
    ['an instant without end', toPageId(`[1,"${'9'.repeat(10_000)}","a"]`)],
    ['an id that is none', toPageId('[1,"5",null]')],
    ['an id that no conversation can have', toPageId('[1,"5","../a"]')],
    ['more than a position', toPageId('[1,"5","a",1]')],
    ['another spelling', toPageId('[1, "5", "a"]')],
    ['padding', `${encodePageId({ instant: 5n, id: 'a' })}=`],
    ['a deep array', toPageId('['.repeat(100_000))],
  ])('is refused when it is %s', (_what, pageId) => {
    expect(() => decodePageId(pageId)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  it('is refused when anything was changed', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => decodePageId(text)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
      }),
    );
  });
});
