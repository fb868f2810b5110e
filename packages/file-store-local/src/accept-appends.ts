import type { BigIntStats } from 'node:fs';
import type { PendingAppend } from './append-queue.ts';
import { checkCondition, checkSize, stateOf } from './write-conditions.ts';

/** Decides the appends of a batch in their order, and settles those that may not be made. @returns The others. */
export function acceptAppends(path: string, current: BigIntStats | undefined, batch: readonly PendingAppend[]): readonly PendingAppend[] {
  let state = stateOf(current);
  return batch.filter((append) => {
    if (!append.decide()) {
      return false;
    }
    try {
      checkCondition(path, state, append.options);
      checkSize(path, state, append.options);
    } catch (error) {
      append.settle({ error });
      return false;
    }
    state = { size: (state?.size ?? 0) + append.contents.byteLength, version: undefined };
    return true;
  });
}
