/** The contents of a file, by their hash; `undefined` where there is no file. */
export type Contents = string | undefined;

/**
 * One operation on one file, as its caller saw it: it requires the file to be `expected` and makes it `replacement`.
 *
 * A read replaces what it found by the same; a create expects no file; a delete replaces by none. Every change has contents of its own: what
 * a file was once and is no longer, it never is again, unless that is nothing.
 */
export interface Operation {
  readonly path: string;
  /** Who called, for people to read. */
  readonly caller: string;
  readonly expected: Contents;
  readonly replacement: Contents;
  /**
   * `done`: the file was as expected and was replaced. `refused`: the file was something else, and nothing happened.
   * `open`: nobody heard the answer, as the caller was killed or gave up; it may have happened or not, at any time after the call.
   */
  readonly outcome: 'done' | 'refused' | 'open';
  /** Nanoseconds on the clock of the machine, from before the operation began. */
  readonly calledAt: number;
  /** From after it had ended; `Infinity` where it is `open`. */
  readonly answeredAt: number;
}

/** What an operation is to its caller. */
export type OperationKind = 'read' | 'create' | 'replace' | 'delete';

/** Tells the kind of an operation by what it expects and what it makes of it. */
export function kindOf({ expected, replacement }: Operation): OperationKind {
  if (expected === replacement) {
    return 'read';
  }
  if (expected === undefined) {
    return 'create';
  }
  return replacement === undefined ? 'delete' : 'replace';
}

/** Sorts into groups of one path each, in the order of their first. */
export function groupByPath<T extends { readonly path: string }>(items: Iterable<T>): Map<string, T[]> {
  return Map.groupBy(items, ({ path }) => path);
}
