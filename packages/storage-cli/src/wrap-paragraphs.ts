import { Help } from 'commander';

/** A help text with its paragraphs broken to a width in columns; lines that begin with a blank, such as examples, are as they were written. */
export function wrapParagraphs(text: string, width: number): string {
  const help = new Help();
  return text.replace(/^\S.*(?:\n\S.*)*/gm, (paragraph) => help.boxWrap(paragraph.replaceAll('\n', ' '), width));
}
