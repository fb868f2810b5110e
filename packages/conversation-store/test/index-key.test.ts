import { comparePaths } from '@oh/file-store-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conversationMetadataSchema } from '../src/conversation-metadata-schema.ts';
import {
  afterInstant,
  afterPosition,
  digestField,
  type IndexKey,
  latestInstant,
  parseIndexPath,
  toIndexKey,
  toIndexPath,
} from '../src/index-key.ts';

const earliestInstant = BigInt(Date.parse('0001-01-01T00:00:00Z')) * 1000n;
const id = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/);
const instant = fc.oneof(
  fc.bigInt({ min: earliestInstant, max: latestInstant }),
  fc.constantFrom(0n, 1n, -1n, 1_700_000_000_000_000n, earliestInstant, latestInstant),
);
const key: fc.Arbitrary<IndexKey> = fc.record({ instant, id, digest: fc.stringMatching(/^[A-Za-z0-9_-]{12}$/) });
/** Keys that are alike in places. */
const keys = fc.array(
  fc.oneof(
    key,
    key.map(({ digest }) => ({ instant: 5n, id: 'a', digest })),
    id.map((other) => ({ instant: 5n, id: `a${other}`.slice(0, 128), digest: '-'.repeat(12) })),
  ),
  {
    minLength: 2,
    maxLength: 20,
  },
);

function compareKeys(a: IndexKey, b: IndexKey): number {
  return a.instant === b.instant ? (a.id < b.id ? -1 : a.id > b.id ? 1 : 0) : a.instant > b.instant ? -1 : 1;
}

describe('the path of a marker', () => {
  it('says what the key is', () => {
    fc.assert(
      fc.property(key, (each) => {
        expect(parseIndexPath(toIndexPath(each))).toEqual(each);
      }),
    );
  });

  it('has the order of a search', () => {
    fc.assert(
      fc.property(keys, (unordered) => {
        const [first, second] = unordered;
        const expected = Math.sign(compareKeys(first as IndexKey, second as IndexKey));
        const actual = Math.sign(comparePaths(toIndexPath(first as IndexKey), toIndexPath(second as IndexKey)));
        expect(expected === 0 ? 0 : actual).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('lies before the end of its position and of its instant, and after those of newer ones', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(toIndexPath(a) < afterPosition(a)).toBe(true);
        expect(toIndexPath(a) < afterInstant(a.instant)).toBe(true);
        expect(afterPosition(a) < toIndexPath(b)).toBe(compareKeys(a, b) < 0);
        expect(afterInstant(a.instant) < toIndexPath(b)).toBe(b.instant < a.instant);
      }),
      { numRuns: 1000 },
    );
  });

  it('is none in other spellings', () => {
    const good = toIndexPath({ instant: 5n, id: 'a', digest: 'abcdefghijkl' });
    expect(parseIndexPath(good)).toBeDefined();
    for (const bad of [
      '',
      `x/${good}`,
      `${good}x`,
      good.replace('!', ''),
      good.replace('-a!', '-.a!'),
      good.replace(/^\d/, 'x'),
      'state.json',
    ]) {
      expect(parseIndexPath(bad)).toBe(undefined);
    }
  });

  it('stays in its place for instants that no record has', () => {
    expect(afterPosition({ instant: 999_999_999_999_999_999n, id: 'a' }) <= afterPosition({ instant: latestInstant, id: 'a' })).toBe(true);
  });
});

describe('the key of a record', () => {
  it('tells values apart, and takes an empty text for none', () => {
    const record = {
      conversation_id: 'c1',
      created_at: '2025-01-01T00:00:00+01:00',
      selected_repository: 'acme/shop',
      trigger: 'gui',
      user_id: '',
    };
    const { instant: at, digest } = toIndexKey(conversationMetadataSchema.parse(record));
    expect(at).toBe(BigInt(Date.parse('2024-12-31T23:00:00Z')) * 1000n);
    expect(digest).toBe([null, 'acme/shop', 'gui', null].map(digestField).join(''));
    expect(digestField('')).toBe(digestField(null));
    expect(digestField('a')).not.toBe(digestField('b'));
  });
});
