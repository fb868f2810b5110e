/**
 * Orders two well-formed strings by their UTF-8 bytes: the order of every listing, and the one S3 and Google Cloud Storage use.
 *
 * @returns Negative, zero or positive, as `Array.prototype.sort` wants it.
 */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) {
      return rank(unitA) - rank(unitB);
    }
  }
  return a.length - b.length;
}

/** Code points above U+FFFF are surrogates in UTF-16, below U+E000; in UTF-8 they come after U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
