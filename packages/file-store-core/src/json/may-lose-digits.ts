/** Significant digits that every double holds, https://en.cppreference.com/w/cpp/types/numeric_limits/digits10. */
const safeDigits = 15;

/** What to look at closely: what it matches in a text does no harm. */
const exponent = /\d[eE][-+\d]/;

/** Digits that a double may not hold, and exponents, where numbers can be. */
const riskyNumber = /(?:^|[:[,\s])-?(?:[\d.]{16}|[\d.]+[eE])/;
const negativeZero = /(?:^|[:[,\s])-0(?:\.0+)?(?![\d.])/;

/**
 * Whether JSON may hold a number that a double does not: many digits, an exponent, or a negative zero. Does not miss one; where texts look like
 * numbers, it may say yes for nothing.
 *
 * A fraction of the time of `JSON.parse`.
 */
export function mayLoseDigits(text: string): boolean {
  return ((hasLongRun(text) || exponent.test(text)) && riskyNumber.test(text)) || (text.includes('-0') && negativeZero.test(text));
}

/** Whether more than {@link safeDigits} digits and points follow one another: every such run covers one of the places that are looked at. */
function hasLongRun(text: string): boolean {
  for (let index = safeDigits; index < text.length; index += safeDigits + 1) {
    if (isDigitOrPoint(text, index)) {
      let start = index;
      let end = index + 1;
      while (isDigitOrPoint(text, start - 1)) {
        start -= 1;
      }
      while (isDigitOrPoint(text, end)) {
        end += 1;
      }
      if (end - start > safeDigits) {
        return true;
      }
    }
  }
  return false;
}

function isDigitOrPoint(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return (code >= 0x30 && code <= 0x39) || code === 0x2e;
}
