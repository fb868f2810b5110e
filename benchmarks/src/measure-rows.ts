import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchmarkOptions } from './benchmark-options.ts';
import { NotMeasuredError } from './not-measured.ts';
import { showProgress } from './progress.ts';
import type { RowRun } from './row-run.ts';
import { allRows } from './rows/all-rows.ts';
import { groupNames, type RowName, rowGroups } from './rows/row-names.ts';

/** How rows are measured. */
export type MeasureRowsOptions = Pick<BenchmarkOptions, 'rows' | 'seconds' | 'full'> & {
  readonly signal: AbortSignal;
  /** Says how each row came out. */
  readonly say: (line: string) => void;
  /** How each row is measured. Default: {@link allRows}. */
  readonly measures?: typeof allRows | undefined;
};

/**
 * Measures the rows one after the other, each in a directory of its own, and says how long each took.
 *
 * A row that fails, or for which something is missing here, does not keep the others from being measured.
 *
 * @throws The reason of `signal` when that ended it.
 */
export async function measureRows(directory: string, { rows, say, ...options }: MeasureRowsOptions): Promise<readonly RowRun[]> {
  const chosen = groupNames.flatMap((group) => rowGroups[group].filter((row) => rows.includes(row)).map((row) => ({ group, row })));
  const runs: RowRun[] = [];
  for (const { group, row } of chosen) {
    const begun = performance.now();
    const outcome = await measureRow(row, join(directory, row), options);
    const seconds = Number(((performance.now() - begun) / 1000).toFixed(1));
    showProgress();
    say(`${row}: ${describeOutcome(outcome)}${seconds} s\n`);
    runs.push({ row, group, seconds, ...outcome });
  }
  return runs;
}

type Outcome = Pick<RowRun, 'findings' | 'notMeasured' | 'failed'>;

async function measureRow(
  row: RowName,
  directory: string,
  { measures = allRows, ...options }: Omit<MeasureRowsOptions, 'rows' | 'say'>,
): Promise<Outcome> {
  await mkdir(directory);
  try {
    const findings = await measures[row]({ ...options, directory, onProgress: (text) => showProgress(`${row}: ${text}`) });
    return { findings };
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof NotMeasuredError) {
      return { findings: [], notMeasured: error.message };
    }
    return { findings: [], failed: (error instanceof Error ? error.stack : undefined) ?? String(error) };
  } finally {
    await rm(directory, { recursive: true });
  }
}

function describeOutcome({ notMeasured, failed }: Outcome): string {
  if (failed !== undefined) {
    return `failed: ${failed}\n`;
  }
  return notMeasured === undefined ? '' : `not measured: ${notMeasured}; `;
}
