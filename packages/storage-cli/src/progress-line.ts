import { formatCount } from './format-count.ts';
import { formatDuration } from './format-duration.ts';
import { formatSize } from './format-size.ts';

/** An amount of work. */
export interface ProgressCounts {
  readonly files: number;
  readonly bytes: number;
}

/** How far something is. */
export interface ProgressState {
  /** What is done, such as `copying`. */
  readonly label: string;
  /** Since it began, in milliseconds. */
  readonly elapsedMs: number;
  readonly done: ProgressCounts;
  /** How much there is to do; `undefined` until that is known. */
  readonly total: ProgressCounts | undefined;
}

const barWidth = 20;

/**
 * How far something is, as one line.
 *
 * @param columns The width of the terminal it is for: it has a bar then, and is cut off. Default: none.
 */
export function progressLine(state: ProgressState, columns?: number): string {
  const { label, done, total, elapsedMs } = state;
  const share = total === undefined ? undefined : shareOf(done, total);
  const rate = elapsedMs > 0 ? `${formatSize((done.bytes * 1000) / elapsedMs)}/s` : undefined;
  const parts = [
    share === undefined ? undefined : `${Math.floor(share * 100)}%`,
    total === undefined ? formatCount(done.files, 'file') : `${done.files}/${formatCount(total.files, 'file')}`,
    total === undefined ? formatSize(done.bytes) : `${formatSize(done.bytes)}/${formatSize(total.bytes)}`,
    rate,
    timeLeft(share, elapsedMs),
  ].filter((part) => part !== undefined);
  const bar = columns === undefined ? '' : `${drawBar(share ?? 0)} `;
  return `${label} ${bar}${parts.join('  ')}`.slice(0, columns);
}

/** Files and bytes each have their cost; what is behind tells how long it will take. */
function shareOf(done: ProgressCounts, total: ProgressCounts): number {
  const shares = [
    [done.files, total.files],
    [done.bytes, total.bytes],
  ] as const;
  return Math.min(1, ...shares.map(([part, whole]) => (whole === 0 ? 1 : part / whole)));
}

function timeLeft(share: number | undefined, elapsedMs: number): string | undefined {
  return share === undefined || share === 0 ? undefined : `${formatDuration((elapsedMs * (1 - share)) / share)} left`;
}

function drawBar(share: number): string {
  const full = Math.floor(share * barWidth);
  return `[${'='.repeat(full)}${' '.repeat(barWidth - full)}]`;
}
