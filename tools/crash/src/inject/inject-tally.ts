import type { CallPoint } from './call-plan.ts';
import type { Job, Verdict } from './lane.ts';

/** What all runs of one operation showed. */
export class InjectTally {
  readonly job: Job;
  readonly points: readonly CallPoint[];
  #kills = 0;
  #injections = 0;
  #survived = 0;
  #faults = 0;

  constructor(job: Job, points: readonly CallPoint[]) {
    this.job = job;
    this.points = points;
  }

  /** Adds one run. @param verdict `undefined` where the call could not be hit, which is a fault. */
  add(kind: 'kill' | 'injection', verdict: Verdict): void {
    if (kind === 'kill') {
      this.#kills += verdict === undefined ? 0 : 1;
    } else {
      this.#injections += verdict === undefined ? 0 : 1;
      this.#survived += verdict?.ended === 'done' ? 1 : 0;
    }
    this.#faults += verdict === undefined || verdict.faults.length > 0 ? 1 : 0;
  }

  /** Its row in the table. */
  row(): Readonly<Record<string, string | number>> {
    const count = (thread: CallPoint['thread']): number => this.points.filter((point) => point.thread === thread).length;
    return {
      operation: this.job.scenario.name,
      durability: this.job.durability,
      main: count('main'),
      pool: count('pool'),
      kills: this.#kills,
      injections: this.#injections,
      'made good': this.#survived,
      faults: this.#faults,
    };
  }
}

/** The rows of all operations and their sum, in columns. */
export function toTable(tallies: readonly InjectTally[]): string {
  const rows = tallies.map((tally) => tally.row());
  const columns = Object.keys(rows[0] ?? {});
  const sum = columns.map((column): string => {
    const values = rows.map((row) => row[column]);
    return values.every((value) => typeof value === 'number') ? String(values.reduce((total, value) => total + value, 0)) : '';
  });
  const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column]))), ['all', ...sum.slice(1)]];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  return lines.map((line) => line.map((cell, index) => pad(cell, widths[index] ?? 0, index)).join('  ')).join('\n');
}

function pad(cell: string, width: number, column: number): string {
  return column < 2 ? cell.padEnd(width) : cell.padStart(width);
}
