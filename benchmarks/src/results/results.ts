import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../machine.ts';
import type { RowRun } from '../row-run.ts';

/** What is kept of a run: all that its tables and charts are made from. */
export interface Results {
  /** The format of the file; another number is another format. */
  readonly format: 1;
  readonly machine: Machine;
  /** Whether it was the long run. */
  readonly full: boolean;
  /** Seconds per side of the rows that count operations. */
  readonly secondsPerSide: number;
  readonly runs: readonly RowRun[];
}

/** The file of {@link Results} in its directory. */
export const resultsFileName = 'results.json';

/** Reads what an earlier run kept. @throws {Error} When there is nothing, or it has another format. */
export async function readResults(directory: string): Promise<Results> {
  const path = join(directory, resultsFileName);
  const results: unknown = JSON.parse(await readFile(path, 'utf8'));
  if (typeof results !== 'object' || results === null || !('format' in results) || results.format !== 1) {
    throw new TypeError(`${path} is not what this program writes: measure again`);
  }
  return results as Results;
}
