import { parseArgs } from 'node:util';
import { type RowName, rowNames } from './rows/row-names.ts';

/** What `local` was asked to do. */
export interface BenchmarkOptions {
  /** The rows to measure. Default: all. */
  readonly rows: readonly RowName[];
  /** Seconds that each side of an operations row is measured, all rounds together. Default: 3. */
  readonly seconds: number;
  /** Where to measure instead of on a loop-mounted ext4 image. */
  readonly directory: string | undefined;
  /** Whether to print one JSON object per line instead of a table. */
  readonly json: boolean;
  /** Whether only to print {@link usage}. */
  readonly help: boolean;
}

/** The command line in words. */
export const usage: string = `Usage: npm run benchmarks -- [options]

  --only ROW        only this row, or the rows that begin with ROW-; may be repeated:
                    ${rowNames.join(', ')}
  --seconds N       seconds per side of the rows that count operations; default 3
  --directory DIR   measure in DIR instead of on a loop-mounted ext4 image
  --json            one JSON object per line
  --help            this text

Exit code 0: everything could be measured, targets missed or not; 1: something failed, or the options are wrong; 130: interrupted.
`;

/** Reads the command line. @throws {TypeError} For what it does not know. */
export function parseBenchmarkOptions(): BenchmarkOptions {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [...rowNames] },
      seconds: { type: 'string', default: '3' },
      directory: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { only, seconds, directory, json, help } = values;
  return { rows: only.flatMap(parseRows), seconds: parseSeconds(seconds), directory, json, help };
}

function parseRows(text: string): RowName[] {
  const rows = rowNames.filter((name) => name === text || name.startsWith(`${text}-`));
  if (rows.length === 0) {
    throw new TypeError(`--only is one of ${rowNames.join(', ')}, or what some of them begin with, not ${JSON.stringify(text)}`);
  }
  return rows;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 3600)) {
    throw new TypeError(`--seconds is a number above 0, at most 3600, not ${JSON.stringify(text)}`);
  }
  return seconds;
}
