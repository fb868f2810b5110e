/** What is escaped, and what is in brackets; `]` as the first of them is one of them. */
export const escapesAndBrackets: RegExp = /\\.|\[[!^]?\]?(?:\\.|\[:\w*:\]|(?!\[:\w*:\])[^\]\\/])*\]/g;

const punctuation = '!"#$%&\'()*+,-.:;<=>?@[\\]^_`{|}~'.replace(/./g, '\\$&');

/** What stands for each class in brackets; as in git, letters and digits are those of ASCII. */
const classes: ReadonlyMap<string, string> = new Map([
  ['alnum', '0-9A-Za-z'],
  ['alpha', 'A-Za-z'],
  ['blank', ' \t'],
  ['cntrl', '\u0001-\u001f\u007f'],
  ['digit', '0-9'],
  ['graph', `${punctuation}0-9A-Za-z`],
  ['lower', 'a-z'],
  ['print', ` ${punctuation}0-9A-Za-z`],
  ['punct', punctuation],
  ['space', ' \t\n\r'],
  ['upper', 'A-Z'],
  ['xdigit', '0-9A-Fa-f'],
]);

const escapesAndClasses = /\\.|\[:(\w*):\]/g;

/** A pattern with ranges for classes such as `[:digit:]`: beside one, the library makes no regular expression of a `-`, a blank and others. */
export function withoutClasses(pattern: string): string {
  return replaceClasses(pattern, (all, name) => classes.get(name) ?? all);
}

/** A class in the brackets of a pattern that is none of those that there are; `undefined` where all are. */
export function findUnknownClass(pattern: string): string | undefined {
  let unknown: string | undefined;
  replaceClasses(pattern, (all, name) => {
    unknown ??= classes.has(name) ? undefined : all;
    return all;
  });
  return unknown;
}

function replaceClasses(pattern: string, replace: (all: string, name: string) => string): string {
  const inBrackets = (part: string): string =>
    part[0] +
    part.slice(1).replace(escapesAndClasses, (all: string, name: string | undefined) => (name === undefined ? all : replace(all, name)));
  return pattern.replace(escapesAndBrackets, (part) => (part.startsWith('[') ? inBrackets(part) : part));
}
