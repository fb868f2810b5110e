import { groupByPath } from './history.ts';

/** One acquisition of a lease, and when its holder knew that it held it. */
export interface Tenure {
  readonly path: string;
  readonly holder: string;
  /** The fencing token. */
  readonly token: number;
  /** The first time at which it was held for certain, in nanoseconds on the clock of the machine. */
  readonly heldFrom: number;
  /** The last time. */
  readonly heldUntil: number;
  /** Whether it was given up; otherwise it was lost, or its holder was killed. */
  readonly isReleased: boolean;
}

/**
 * Finds leases that were held by two: in the order of their tokens the tenures of one path follow each other in time, and no token is given twice.
 *
 * @returns A sentence for each fault.
 */
export function findTenureFaults(tenures: readonly Tenure[]): readonly string[] {
  return successions(tenures).flatMap(([last, next]) => {
    const fault = faultBetween(last, next);
    return fault === undefined ? [] : [`${next.path}: ${fault}`];
  });
}

/** How many leases came after one that was never released. */
export function countTakeovers(tenures: readonly Tenure[]): number {
  return successions(tenures).filter(([last]) => !last.isReleased).length;
}

function successions(tenures: readonly Tenure[]): readonly (readonly [Tenure, Tenure])[] {
  return [...groupByPath(tenures).values()].flatMap((all) => {
    const sorted = all.toSorted((one, other) => one.token - other.token || one.heldFrom - other.heldFrom);
    return sorted.slice(1).flatMap((next, index) => sorted.slice(index, index + 1).map((last) => [last, next] as const));
  });
}

function faultBetween(last: Tenure, next: Tenure): string | undefined {
  const both = `${last.holder} (token ${last.token}) and ${next.holder} (token ${next.token})`;
  if (last.token === next.token) {
    return `${both} were given one token`;
  }
  if (next.heldUntil < last.heldFrom) {
    return `${both}: the higher token came first`;
  }
  return next.heldFrom <= last.heldUntil ? `${both} held the lease at the same time` : undefined;
}
