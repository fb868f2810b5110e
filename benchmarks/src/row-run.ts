import type { Finding } from './finding.ts';
import type { GroupName, RowName } from './rows/row-names.ts';

/** What came of measuring a row. */
export interface RowRun {
  readonly row: RowName;
  readonly group: GroupName;
  /** How long it took, with its preparations. */
  readonly seconds: number;
  /** Empty when it was not measured, or failed. */
  readonly findings: readonly Finding[];
  /** What is missing on this machine. Default: nothing, it was measured. */
  readonly notMeasured?: string | undefined;
  /** What went wrong. Default: nothing. */
  readonly failed?: string | undefined;
}
