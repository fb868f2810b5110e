/** The rows of the benchmark of the local store, in the order in which they are measured. */
export const rowNames = ['write-atomic', 'write-durable', 'append', 'read', 'stream', 'list'] as const;

/** One of {@link rowNames}. */
export type RowName = (typeof rowNames)[number];
