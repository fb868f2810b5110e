/** The rows of the benchmark, in the order in which they are measured. */
export const rowNames = [
  'write-atomic',
  'write-durable',
  'append',
  'read',
  'secrets',
  'stream',
  'list',
  'conversations',
  'event-append',
  'event-replay',
  'settings',
  'backup',
  's3-small',
  's3-large',
  's3-list',
  's3-conversations',
  'gcs-small',
  'gcs-large',
  'webhook',
  'sync',
  'import-time',
  'cli-start',
] as const;

/** One of {@link rowNames}. */
export type RowName = (typeof rowNames)[number];
