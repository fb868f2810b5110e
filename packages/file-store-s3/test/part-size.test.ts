import { expect, it } from 'vitest';
import { bytesOfPart } from '../src/part-size.ts';

const [mib, gib, tib] = [2 ** 20, 2 ** 30, 2 ** 40];
const sizes = Array.from({ length: 10_000 }, (_, i) => bytesOfPart(i + 1));

it('is the same for the first 31 GiB, as Cloudflare R2 wants it', () => {
  let bytes = 0;
  for (const size of sizes) {
    if (bytes + size > 31 * gib) {
      break;
    }
    bytes += size;
    expect(size).toBe(8 * mib);
  }
});

it('grows then, so that 5 TiB fit in the parts that S3 allows, and each part is one that it takes', () => {
  expect(sizes.reduce((sum, size) => sum + size)).toBeGreaterThanOrEqual(5 * tib);
  let bytes = 0;
  for (const size of sizes) {
    if (bytes >= 5 * tib) {
      break;
    }
    bytes += size;
    expect(size).toBeLessThanOrEqual(5 * gib);
  }
  expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
});
