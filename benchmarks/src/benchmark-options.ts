import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { publishedDirectory } from './results/published.ts';
import { groupNames, type RowName, rowGroups, rowNames } from './rows/row-names.ts';

/** What `bench` was asked to do. */
export interface BenchmarkOptions {
  /** The rows to measure. Default: all. */
  readonly rows: readonly RowName[];
  /** Whether to measure longer, on larger files and more of them. Default: false. */
  readonly full: boolean;
  /** Seconds that each side of an operations row is measured, all rounds together. Default: 0.5; with `full` 5. */
  readonly seconds: number;
  /** Where to measure instead of on a loop-mounted ext4 image. */
  readonly directory: string | undefined;
  /** Where results and charts are written, or read from. Default: nowhere when not all rows are measured, else {@link publishedDirectory}. */
  readonly output: string | undefined;
  /** Whether only to draw the charts and tables of an earlier run again. */
  readonly draw: boolean;
  /** Whether to print one JSON object per line instead of a table. */
  readonly json: boolean;
  /** Whether only to print the rows by their groups. */
  readonly list: boolean;
  /** Whether only to print {@link usage}. */
  readonly help: boolean;
}

/** The command line in words. */
export const usage: string = `Usage: npm run bench -- [options]

  --full            longer, with larger files and more of them: half an hour instead of less than ten minutes
  --only NAME       only this row, this group of rows, or the rows that begin with NAME-; may be repeated
  --list            the rows, by their groups
  --seconds N       seconds per side of the rows that count operations; default 0.5, with --full 5
  --directory DIR   measure in DIR instead of on a loop-mounted ext4 image
  --output DIR      write results, tables and charts to DIR; default benchmarks/results when everything is measured, else nowhere
  --draw            measure nothing: draw tables and charts again from the results in benchmarks/results, or in --output
  --json            one JSON object per line
  --help            this text

Exit code 0: everything that can be measured here was, targets missed or not; 1: something failed, or the options are wrong; 130: interrupted.
`;

/** Reads the command line. @throws {TypeError} For what it does not know. */
export function parseBenchmarkOptions(args: readonly string[]): BenchmarkOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      full: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [...rowNames] },
      list: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      directory: { type: 'string' },
      output: { type: 'string' },
      draw: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { only, seconds = values.full ? '5' : '0.5', directory, output, ...flags } = values;
  const chosen = new Set(only.flatMap(parseRows));
  const rows = rowNames.filter((row) => chosen.has(row));
  const isWhole = values.draw || rows.length === rowNames.length;
  return {
    rows,
    seconds: parseSeconds(seconds),
    directory,
    output: output === undefined ? (isWhole ? publishedDirectory : undefined) : resolve(output),
    ...flags,
  };
}

/** The rows, a line for each group. */
export function describeRows(): string {
  return groupNames.map((group) => `${group}: ${rowGroups[group].join(', ')}\n`).join('');
}

function parseRows(text: string): readonly RowName[] {
  const group = groupNames.find((name) => name === text);
  const rows = rowNames.filter((name) => name === text || name.startsWith(`${text}-`));
  const all = [...rows, ...(group === undefined ? [] : rowGroups[group])];
  if (all.length === 0) {
    throw new TypeError(`--only is a row, a group, or what rows begin with, not ${JSON.stringify(text)}; --list names them`);
  }
  return all;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 3600)) {
    throw new TypeError(`--seconds is a number above 0, at most 3600, not ${JSON.stringify(text)}`);
  }
  return seconds;
}
