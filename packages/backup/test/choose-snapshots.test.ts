import { expect, it } from 'vitest';
import { chooseSnapshots, type SnapshotChoice } from '../src/choose-snapshots.ts';
import type { StoredSnapshot } from '../src/snapshot-files.ts';

const future = new Date('2100-01-01T00:00:00Z');

/** What is kept of snapshots of those times, and of one source unless told. */
function kept(times: readonly string[], choice: SnapshotChoice, sourceOf: (time: string) => string = () => 'one'): readonly string[] {
  const stored = times.map((time) => ({ record: { created_at: time, source: sourceOf(time) } }) as StoredSnapshot);
  const { going, staying } = chooseSnapshots(stored, choice);
  expect([...going, ...staying]).toHaveLength(times.length);
  return staying.map(({ record }) => record.created_at);
}

const sunday = ['2026-03-01T00:00:00.000Z', '2026-03-01T23:59:59.999Z'];
const monday = ['2026-03-02T00:00:00.000Z', '2026-03-02T12:00:00.000Z'];
const april = ['2026-04-01T08:00:00.000Z', '2026-04-01T09:00:00.000Z'];
const times = ['2025-03-01T08:00:00.000Z', ...sunday, ...monday, ...april];

it.each([
  [{ keepDaily: 2 }, [monday[1], april[1]]],
  [{ keepDaily: 3 }, [sunday[1], monday[1], april[1]]],
  [{ keepWeekly: 2 }, [monday[1], april[1]]],
  [{ keepWeekly: 3 }, [sunday[1], monday[1], april[1]]],
  [{ keepMonthly: 2 }, [monday[1], april[1]]],
  // March of another year is another month.
  [{ keepMonthly: 3 }, [times[0], monday[1], april[1]]],
  [{ keepDaily: 2, keepMonthly: 3 }, [times[0], monday[1], april[1]]],
  [{ keepLatest: 2, keepDaily: 1 }, april],
  [{ keepDaily: 0 }, []],
])('spares with %j', (choice, expected) => {
  expect(kept(times, { olderThan: future, keepLatest: 0, ...choice })).toEqual(expected);
});

it('takes a week from Monday to Sunday for one', () => {
  const week = [...monday, '2026-03-04T12:00:00.000Z', '2026-03-08T23:59:59.999Z'];
  const next = '2026-03-09T00:00:00.000Z';
  expect(kept([...sunday, ...week, next], { olderThan: future, keepLatest: 0, keepWeekly: 3 })).toEqual([sunday[1], week[3], next]);
});

it('spares what is not too old in any case, and counts it', () => {
  const olderThan = new Date(monday[1] ?? '');
  expect(kept(times, { olderThan, keepDaily: 1 })).toEqual([monday[1], ...april]);
  expect(kept(times, { olderThan, keepDaily: 3 })).toEqual([sunday[1], monday[1], ...april]);
  expect(kept(times, { keepDaily: 1 })).toEqual(times);
});

it('spares those of each source', () => {
  const sourceOf = (time: string): string => (april.includes(time) ? 'new' : 'old');
  expect(kept(times, { olderThan: future, keepLatest: 0, keepMonthly: 1 }, sourceOf)).toEqual([monday[1], april[1]]);
});

it.each(['keepLatest', 'keepDaily', 'keepWeekly', 'keepMonthly'])('refuses a %s that is no number of snapshots', (name) => {
  for (const count of [-1, 0.5, Number.NaN]) {
    expect(() => chooseSnapshots([], { [name]: count })).toThrow(new RangeError(`${name} is a whole number from 0`));
  }
});
