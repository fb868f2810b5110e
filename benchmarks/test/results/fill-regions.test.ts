import { expect, test } from 'vitest';
import { fillRegions } from '../../src/results/fill-regions.ts';

const page = `# Page

<!-- benchmarks:local -->
old
<!-- /benchmarks:local -->

Prose.

<!-- benchmarks:s3 -->
<!-- /benchmarks:s3 -->
`;

test('what lies between the marks is replaced, and the rest stays', () => {
  const filled = fillRegions(
    page,
    new Map([
      ['local', 'new $1 $& text\n'],
      ['s3', 'table\n'],
    ]),
  );
  expect(filled).toBe(page.replace('old\n', () => '\nnew $1 $& text\n\n').replace('s3 -->\n<', 's3 -->\n\ntable\n\n<'));
});

test('filling again changes nothing', () => {
  const regions = new Map([
    ['local', 'new\n'],
    ['s3', 'table\n'],
  ]);
  const once = fillRegions(page, regions);
  expect(fillRegions(once, regions)).toBe(once);
});

test('a region without a place in the page, and a place without a region, are errors that name it', () => {
  expect(() =>
    fillRegions(
      page,
      new Map([
        ['local', ''],
        ['s3', ''],
        ['gcs', ''],
      ]),
    ),
  ).toThrow('the page has no place for gcs');
  expect(() => fillRegions(page, new Map([['local', '']]))).toThrow('the page has a place for "s3"');
});
