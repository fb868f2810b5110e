import { InvalidArgumentError } from 'commander';
import { escapesAndBrackets, findUnknownClass } from './character-classes.ts';

/** Longest pattern that the library takes, in characters. */
const maxLength = 65_000;

/**
 * Reads one of several patterns, each a line of a `.gitignore`.
 *
 * @param previous The patterns before it. @returns All of them.
 * @throws {InvalidArgumentError} For a line that could never match, or that is a comment.
 */
export function parsePattern(text: string, previous?: readonly string[]): readonly string[] {
  const flaw = flawOf(text, previous === undefined);
  if (flaw !== undefined) {
    throw new InvalidArgumentError(flaw);
  }
  return [...(previous ?? []), text];
}

function flawOf(text: string, isFirst: boolean): string | undefined {
  if (text.startsWith('#')) {
    return 'It is a comment; a name that begins so is written \\#.';
  }
  if (text.startsWith('!') && isFirst) {
    return 'It is an exception from what stands before it, and nothing does; a name that begins so is written \\!.';
  }
  if (text.trim() === '' || text.length > maxLength || /[\n\r\0]/.test(text)) {
    return 'It is a line that is not empty.';
  }
  const unknown = findUnknownClass(text);
  if (unknown !== undefined) {
    return `It has ${unknown} in brackets, which is no class of characters, such as [:digit:].`;
  }
  const rest = text.replace(escapesAndBrackets, 'x');
  if (rest.includes('[')) {
    return 'A [ is not closed, or has a / in it; a name with one is written \\[.';
  }
  if (rest.endsWith('\\')) {
    return 'It ends in \\, which takes the next character for itself; a name that ends so is written \\\\.';
  }
  const segments = rest
    .replace(/^!?\/?/, '')
    .replace(/\/$/, '')
    .split('/');
  return segments.some((segment) => ['', '.', '..'].includes(segment))
    ? 'It has a segment that is empty, . or .., as no path in the directory has; begin with / to mean its top.'
    : undefined;
}
