import { comparePaths } from '@oh/file-store-core';
import type { ListedFile } from './list-files.ts';

/** One path of two listings; it is in one of them at least. */
export interface ListedPair {
  readonly path: string;
  /** The file at the source; `undefined` where there is none. */
  readonly from?: ListedFile | undefined;
  /** The file at the target; `undefined` where there is none. */
  readonly to?: ListedFile | undefined;
}

/** Goes through two listings, each in the order of {@link comparePaths}, side by side: one entry of each is in memory. */
export async function* mergeListings(
  from: AsyncGenerator<ListedFile, void, undefined>,
  to: AsyncGenerator<ListedFile, void, undefined>,
): AsyncGenerator<ListedPair, void, undefined> {
  try {
    // Settled together: the failure of one must not leave that of the other unobserved.
    let [left, right] = await both(from.next(), to.next());
    while (left.done !== true || right.done !== true) {
      const order = compareHeads(left, right);
      yield* toPair(order <= 0 ? left : undefined, order >= 0 ? right : undefined);
      [left, right] = await both(order <= 0 ? from.next() : left, order >= 0 ? to.next() : right);
    }
  } finally {
    await Promise.allSettled([from.return(), to.return()]);
  }
}

type Head = IteratorResult<ListedFile, void>;

async function both(a: Promise<Head> | Head, b: Promise<Head> | Head): Promise<[Head, Head]> {
  const [left, right] = await Promise.allSettled([a, b]);
  if (left.status === 'rejected') {
    throw left.reason;
  }
  if (right.status === 'rejected') {
    throw right.reason;
  }
  return [left.value, right.value];
}

function compareHeads(left: Head, right: Head): number {
  if (left.done === true || right.done === true) {
    return left.done === true ? 1 : -1;
  }
  return comparePaths(left.value.path, right.value.path);
}

function* toPair(left: Head | undefined, right: Head | undefined): Generator<ListedPair, void, undefined> {
  const from = left?.done === true ? undefined : left?.value;
  const to = right?.done === true ? undefined : right?.value;
  const path = from?.path ?? to?.path;
  if (path !== undefined) {
    yield { path, from, to };
  }
}
