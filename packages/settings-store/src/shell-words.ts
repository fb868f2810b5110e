/** What stands between words. */
const space = /\s/;

/**
 * Splits a text into words as a POSIX shell does: quotes join, a backslash takes the character after it as it is. Nothing is expanded, and `#` begins no comment.
 *
 * @returns `undefined` when a quote is not closed or nothing follows a backslash.
 * @see https://docs.python.org/3/library/shlex.html#shlex.split
 */
export function splitShellWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === quote) {
      quote = undefined;
    } else if (character === '\\' && quote !== "'") {
      index += 1;
      if (index === text.length) {
        return undefined;
      }
      const next = text.charAt(index);
      // Between double quotes it is itself, unless it stands before one that it makes harmless.
      word = `${word ?? ''}${quote === '"' && next !== '"' && next !== '\\' ? '\\' : ''}${next}`;
    } else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (quote === undefined && space.test(character)) {
      words.push(...(word === undefined ? [] : [word]));
      word = undefined;
    } else {
      word = `${word ?? ''}${character}`;
    }
  }
  return quote === undefined ? [...words, ...(word === undefined ? [] : [word])] : undefined;
}
