import { type FileStore, updateFile } from '@oh/file-store-core';
import { type Contents, groupByPath, kindOf, type Operation } from './history.ts';
import type { History } from './history-log.ts';
import { countTakeovers, findTenureFaults } from './history-tenures.ts';
import { incrementRecord } from './increment-record.ts';
import { allPaths, isOf } from './kill-keys.ts';
import { checkLinearizability, type Linearizability } from './linearizability.ts';

/** Longest time in milliseconds that a write may take after all processes were killed. */
const maxWriteMs = 10_000;

/** What was done, and what was wrong with it. */
export interface Verdict {
  readonly faults: readonly string[];
  /** How often each thing was done. */
  readonly counts: Readonly<Record<string, number>>;
  /** How many possibilities the search for a linear order looked at. */
  readonly searched: number;
}

/** Reads and changes every file when all processes are dead. @returns The counters by their paths, each incremented once more. */
export async function useAll(store: FileStore): Promise<ReadonlyMap<string, number>> {
  const counters = new Map<string, number>();
  for (const path of allPaths) {
    if (isOf('counter', path)) {
      counters.set(path, await incrementRecord(store, path, 'afterwards'));
    } else {
      await updateFile(store, path, () => 'afterwards', { signal: AbortSignal.timeout(maxWriteMs) });
    }
  }
  return counters;
}

/** Judges everything that was written down. @param counters What they are at the end. */
export function judge({ operations, tenures }: History, counters: ReadonlyMap<string, number>): Verdict {
  const faults = [...findTenureFaults(tenures)];
  let searched = 0;
  for (const [path, history] of groupByPath(operations)) {
    const verdict = checkLinearizability(history);
    searched += verdict.searched;
    faults.push(...describeFault(verdict, history), ...findLostIncrements(counters.get(path), history));
  }
  const counts = { ...countOperations(operations), leases: tenures.length, takeovers: countTakeovers(tenures) };
  return { faults, counts, searched };
}

function countOperations(operations: readonly Operation[]): Readonly<Record<string, number>> {
  const counts = { reads: 0, increments: 0, creates: 0, replacements: 0, deletions: 0, refused: 0, open: 0 };
  const names = { read: 'reads', create: 'creates', replace: 'replacements', delete: 'deletions' } as const;
  for (const operation of operations) {
    const kind = kindOf(operation);
    if (operation.outcome !== 'done') {
      counts[operation.outcome] += 1;
    } else if (kind !== 'read' && isOf('counter', operation.path)) {
      counts.increments += 1;
    } else if (kind === 'read' || isOf('file', operation.path)) {
      counts[names[kind]] += 1;
    }
  }
  return counts;
}

/** The number in a counter must be that of the acknowledged increments, and of some of those that nobody heard of. */
function findLostIncrements(counter: number | undefined, history: readonly Operation[]): readonly string[] {
  const count = (outcome: Operation['outcome']): number =>
    history.filter((operation) => kindOf(operation) !== 'read' && operation.outcome === outcome).length;
  const acknowledged = count('done');
  if (counter === undefined || (counter >= acknowledged && counter <= acknowledged + count('open'))) {
    return [];
  }
  return [`${history[0]?.path}: is ${counter} after ${acknowledged} acknowledged increments and ${count('open')} open ones`];
}

function describeFault({ fault }: Linearizability, history: readonly Operation[]): readonly string[] {
  if (fault === undefined) {
    return [];
  }
  const { operation, possible } = fault;
  const { path, caller, expected, outcome, calledAt, answeredAt } = operation;
  const kind = kindOf(operation);
  const isInvented = expected !== undefined && history.every((other) => kindOf(other) === 'read' || other.replacement !== expected);
  const span = `${((answeredAt - calledAt) / 1_000_000).toFixed(1)} ms`;
  const had = possible.map(nameOf).join(' or ');
  return [
    `${path}: not linearizable: a ${kind} by ${caller} of ${nameOf(expected)} was ${outcome} within ${span}, but it was ${had} before${isInvented ? '; nobody wrote that (torn?)' : ''}`,
  ];
}

function nameOf(contents: Contents): string {
  return contents ?? 'nothing';
}
