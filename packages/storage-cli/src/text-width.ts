/** Tells how many columns of a terminal a text takes. */
export type WidthOf = (text: string) => number;

/** The last column of a line for a terminal is shortened to fit, but not below this width. */
export const leastWidth = 20;

const ellipsis = '…';

/** Loads what knows the width of every character, when it is needed. */
export async function loadWidthOf(): Promise<WidthOf> {
  const { default: stringWidth } = await import('string-width');
  return (text) => (/^[ -~]*$/.test(text) ? text.length : stringWidth(text));
}

/** The text, cut where a character ends, with an ellipsis in place of what takes more columns than `width`. */
export function shorten(text: string, width: number, widthOf: WidthOf): string {
  if (widthOf(text) <= width) {
    return text;
  }
  let [shortened, used] = ['', widthOf(ellipsis)];
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += widthOf(segment);
    if (used > width) {
      break;
    }
    shortened += segment;
  }
  return `${shortened}${ellipsis}`;
}
