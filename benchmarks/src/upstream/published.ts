import { medianOf } from '../compare-rounds.ts';
import type { Finding } from '../finding.ts';

/**
 * What OpenHands publishes about its event log: the median of 2,644 events, each the lock file taken and an event, serialised before, written to
 * a new file; not the listing of the directory that comes with each append.
 *
 * @see https://github.com/OpenHands/software-agent-sdk/tree/main/scripts/event_sourcing_benchmarks
 */
const publishedMs = 0.166;

/** Ours beside the published figure, which is of another machine: a line that says so. @param ours Seconds of an append, round by round. */
export function published(ours: readonly number[]): Finding[] {
  const own = medianOf(ours) * 1000;
  const name = 'quoted, not measured: OpenHands, lock and write alone, on its machine';
  return [
    {
      what: 'append of an event of 1.4 KB to a new log',
      ours: own,
      unit: 'ms',
      other: { name, reached: publishedMs, ratio: own / publishedMs },
    },
  ];
}
