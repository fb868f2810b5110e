/** The files of the kill test. Every path is used by every process, but for those of {@link ownPath}, which one process writes and all read. */
export const sharedPaths: readonly string[] = Array.from({ length: 20 }, (_, key) => `shared/${key}`);

/** The counter that all processes increment by compare-and-set. */
export const counterPath = 'counter';

/** The file that only one process writes, the one with this number. */
export function ownPath(slot: number): string {
  return `own/${slot}`;
}

/** The file that all processes try to create in this round. */
export function createPath(round: number): string {
  return `create/${round % sharedPaths.length}/${round}`;
}
