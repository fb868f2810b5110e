import type { StoredSnapshot } from './snapshot-files.ts';

/** Which snapshots are kept: those that are not too old, and of each source those that a rule spares. */
export interface SnapshotChoice {
  /** Older ones go. Default: none does. */
  readonly olderThan?: Date | undefined;
  /** The newest ones of each source stay in any case. Default: 1. */
  readonly keepLatest?: number | undefined;
  /** Of the latest days, in UTC, that have snapshots of a source, so many keep the newest of theirs. Default: 0. */
  readonly keepDaily?: number | undefined;
  /** The same of weeks, from Monday on. Default: 0. */
  readonly keepWeekly?: number | undefined;
  /** The same of months. Default: 0. */
  readonly keepMonthly?: number | undefined;
}

/** Says of snapshots of one source, of which each is older than the one before, whether they stay. */
type Rule = (createdAt: Date) => boolean;

const dayMs = 24 * 60 * 60 * 1000;
/** From the Monday before 1970. */
const mondayMs = -3 * dayMs;

/**
 * Tells the snapshots that go from those that stay.
 *
 * @param stored Oldest first.
 * @throws {RangeError} For a number to keep that is no whole number from 0, or an `olderThan` that is no instant.
 */
export function chooseSnapshots(
  stored: readonly StoredSnapshot[],
  { olderThan, keepLatest = 1, keepDaily = 0, keepWeekly = 0, keepMonthly = 0 }: SnapshotChoice,
): { readonly going: readonly StoredSnapshot[]; readonly staying: readonly StoredSnapshot[] } {
  const numbers = { keepLatest, keepDaily, keepWeekly, keepMonthly };
  for (const [name, count] of Object.entries(numbers)) {
    if (!Number.isInteger(count) || count < 0) {
      throw new RangeError(`${name} is a whole number from 0`);
    }
  }
  if (olderThan !== undefined && Number.isNaN(olderThan.getTime())) {
    throw new RangeError('olderThan is an instant');
  }
  const rules = new Map<string, readonly Rule[]>();
  const going = stored.toReversed().filter(({ record: { source, created_at } }) => {
    const createdAt = new Date(created_at);
    const ofSource = rules.get(source) ?? rulesOf(numbers);
    rules.set(source, ofSource);
    // Each rule meets every snapshot.
    const isKept = ofSource.map((keeps) => keeps(createdAt)).includes(true);
    return olderThan !== undefined && createdAt < olderThan && !isKept;
  });
  return { going: going.reverse(), staying: stored.filter((snapshot) => !going.includes(snapshot)) };
}

function rulesOf({ keepLatest, keepDaily, keepWeekly, keepMonthly }: Readonly<Record<string, number>>): readonly Rule[] {
  let rank = 0;
  return [
    keepFirst(keepLatest, () => rank++),
    keepFirst(keepDaily, (createdAt) => Math.floor(createdAt.getTime() / dayMs)),
    keepFirst(keepWeekly, (createdAt) => Math.floor((createdAt.getTime() - mondayMs) / (7 * dayMs))),
    keepFirst(keepMonthly, (createdAt) => createdAt.getUTCFullYear() * 12 + createdAt.getUTCMonth()),
  ];
}

/** Keeps the first snapshot of each of the first `count` periods. */
function keepFirst(count = 0, periodOf: (createdAt: Date) => number): Rule {
  const periods = new Set<number>();
  return (createdAt) => {
    const isFirst = periods.size < count && !periods.has(periodOf(createdAt));
    if (isFirst) {
      periods.add(periodOf(createdAt));
    }
    return isFirst;
  };
}
