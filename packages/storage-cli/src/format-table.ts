import { escapeControl } from './escape-control.ts';

/** How a table is shown. */
export interface TableOptions {
  /** Names of the columns. Default: no such line. */
  readonly head?: readonly string[] | undefined;
  /** Width of the terminal: the last column is shortened to fit, but not below 20. Default: nothing is shortened. */
  readonly columns?: number | undefined;
}

const gap = 2;
const leastWidth = 20;

/** Rows as lines of text in columns, without borders and colours; control characters in the cells are made visible. */
export async function formatTable(rows: readonly (readonly string[])[], options: TableOptions = {}): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const cells = [...(options.head === undefined ? [] : [options.head]), ...rows].map((row) => row.map(escapeControl));
  const table = new Table({
    chars: withoutBorders,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: columnWidths(cells, options.columns),
  });
  table.push(...cells);
  const lines = table.toString().split('\n');
  return lines.map((line) => `${withoutHalfCharacters(line).trimEnd()}\n`).join('');
}

const withoutBorders: Readonly<Record<string, string>> = Object.fromEntries([
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'].map((name) => [name, '']),
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'].map((name) => [name, '']),
  ['middle', ' '.repeat(gap)],
]);

/** Only the last column has a width of its own, what the others leave of the terminal. */
function columnWidths(rows: readonly (readonly string[])[], columns: number | undefined): (number | null)[] {
  if (columns === undefined) {
    return [];
  }
  const others = (rows[0] ?? []).slice(0, -1).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const left = others.reduce((rest, width) => rest - width - gap, columns);
  return [...others.map(() => null), Math.max(leastWidth, left)];
}

/** The table cuts between UTF-16 code units, which can leave the half of a character before its ellipsis. */
function withoutHalfCharacters(line: string): string {
  return line.replace(/\p{Cs}/gu, '');
}
