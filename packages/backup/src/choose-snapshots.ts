import type { StoredSnapshot } from './snapshot-files.ts';

/** Which snapshots are kept. */
export interface SnapshotChoice {
  /** Older ones go. Default: none does. */
  readonly olderThan?: Date | undefined;
  /** The newest ones of each source stay in any case. Default: 1. */
  readonly keepLatest?: number | undefined;
}

/**
 * Tells the snapshots that go from those that stay.
 *
 * @param stored Oldest first.
 * @throws {RangeError} For a `keepLatest` that is no whole number from 0, or an `olderThan` that is no instant.
 */
export function chooseSnapshots(
  stored: readonly StoredSnapshot[],
  { olderThan, keepLatest = 1 }: SnapshotChoice,
): { readonly going: readonly StoredSnapshot[]; readonly staying: readonly StoredSnapshot[] } {
  if (!Number.isInteger(keepLatest) || keepLatest < 0) {
    throw new RangeError('keepLatest is a whole number from 0');
  }
  if (olderThan !== undefined && Number.isNaN(olderThan.getTime())) {
    throw new RangeError('olderThan is an instant');
  }
  const newer = new Map<string, number>();
  const going = stored.toReversed().filter(({ record }) => {
    const rank = newer.get(record.source) ?? 0;
    newer.set(record.source, rank + 1);
    return olderThan !== undefined && Date.parse(record.created_at) < olderThan.getTime() && rank >= keepLatest;
  });
  return { going: going.reverse(), staying: stored.filter((snapshot) => !going.includes(snapshot)) };
}
