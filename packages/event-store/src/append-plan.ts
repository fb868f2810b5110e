import { FileStoreError } from '@oh/file-store-core';
import type { EncodedEvent, LogEnd } from './event-log.ts';
import type { PendingAppend } from './pending-append.ts';
import type { RecentOperations } from './recent-operations.ts';

/** An append that is made. */
export interface AcceptedAppend {
  readonly append: PendingAppend;
  readonly ids: readonly number[];
  /** How many of them another append of its name has made, in the log already or in this plan. */
  readonly made: number;
}

/** An append that is not made. */
export interface RefusedAppend {
  readonly append: PendingAppend;
  readonly error: FileStoreError;
  /** Whether it is refused at every later end as well. */
  readonly isLasting: boolean;
}

/** What becomes of an append. */
export type PlannedAppend = AcceptedAppend | RefusedAppend;

/** What is written for some appends that wait: the events of those that are accepted, in their order. */
export interface AppendPlan {
  readonly appends: readonly PlannedAppend[];
  readonly events: readonly EncodedEvent[];
}

/**
 * Numbers appends in their order after the end of the log, and refuses those whose conditions do not hold there.
 *
 * @param operations `undefined` when none of them has an `operationId`.
 */
export function planAppends(
  batch: readonly PendingAppend[],
  end: LogEnd,
  operations: RecentOperations | undefined,
  path: string,
): AppendPlan {
  const events: EncodedEvent[] = [];
  const idsOf = new Map<string, readonly number[]>();
  let { fencingToken } = end;
  const appends = batch.map((append): PlannedAppend => {
    const { drafts, options } = append;
    const { operationId } = options;
    const nextId = end.nextId + events.length;
    const made = operationId === undefined ? [] : (idsOf.get(operationId) ?? operations?.find(operationId, end.nextId) ?? []);
    if (made.length >= drafts.length && made.length > 0) {
      return { append, ids: made.slice(0, drafts.length), made: drafts.length };
    }
    const refusal = refuse(append, nextId, fencingToken, made.length > 0, path);
    if (refusal !== undefined) {
      return { append, ...refusal };
    }
    fencingToken = options.fencingToken ?? fencingToken;
    const rest = drafts.slice(made.length);
    const ids = [...made, ...rest.map((_, i) => nextId + i)];
    events.push(...rest.map(({ body }, i) => ({ body, id: nextId + i, operationId, fencingToken })));
    if (operationId !== undefined) {
      idsOf.set(operationId, ids);
    }
    return { append, ids, made: made.length };
  });
  return { appends, events };
}

/** @param isContinued Whether a part of it is in the log already. */
function refuse(
  { drafts, options }: PendingAppend,
  nextId: number,
  highestToken: number,
  isContinued: boolean,
  path: string,
): Pick<RefusedAppend, 'error' | 'isLasting'> | undefined {
  const { fencingToken, expectedNextId } = options;
  if (fencingToken !== undefined && fencingToken < highestToken) {
    const message = `the log at "${path}" has met the fencing token ${highestToken}: the lease of token ${fencingToken} was lost`;
    return { error: new FileStoreError('version-mismatch', message, { path }), isLasting: true };
  }
  const orphan = drafts.findIndex(({ parentId }, i) => parentId !== undefined && parentId >= nextId + i);
  if (orphan !== -1 && !isContinued) {
    const message = `the parent of the event ${nextId + orphan} is no event before it`;
    return { error: new FileStoreError('invalid-argument', message, { path }), isLasting: false };
  }
  if (expectedNextId !== undefined && expectedNextId !== nextId && !isContinued) {
    const message = `the next event of the log at "${path}" is ${nextId}, not ${expectedNextId}`;
    return { error: new FileStoreError('version-mismatch', message, { path }), isLasting: expectedNextId < nextId };
  }
  return undefined;
}
