import { escapeControl } from './escape-control.ts';
import { leastWidth, loadWidthOf, shorten } from './text-width.ts';

/** How a table is shown. */
export interface TableOptions {
  /** Names of the columns. Default: no such line. */
  readonly head?: readonly string[] | undefined;
  /** Width of the terminal: the last column is shortened to fit, but not below 20. Default: nothing is shortened. */
  readonly columns?: number | undefined;
}

const gap = '  ';

/** Rows as lines of text in columns, without borders and colours; control characters in the cells are made visible. */
export async function formatTable(rows: readonly (readonly string[])[], options: TableOptions = {}): Promise<string> {
  const widthOf = await loadWidthOf();
  const cells = [...(options.head === undefined ? [] : [options.head]), ...rows].map((row) => row.map(escapeControl));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [column, text] of row.slice(0, -1).entries()) {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(text));
    }
  }
  const others = widths.reduce((sum, width) => sum + width + gap.length, 0);
  const left = options.columns === undefined ? Number.POSITIVE_INFINITY : Math.max(leastWidth, options.columns - others);
  const pad = (text: string, column: number): string => {
    const width = widths[column];
    return width === undefined ? shorten(text, left, widthOf) : `${text}${' '.repeat(width - widthOf(text))}${gap}`;
  };
  return cells.map((row) => `${row.map(pad).join('').trimEnd()}\n`).join('');
}
