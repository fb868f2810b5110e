/** The rows of the benchmark, by the groups that are drawn together, in the order in which they are measured. */
export const rowGroups = {
  local: ['write-atomic', 'write-durable', 'append', 'read', 'stat', 'list', 'list-peers', 'delete', 'correctness'],
  streams: ['stream'],
  s3: ['s3-small', 's3-requests', 's3-large', 's3-list'],
  gcs: ['gcs-small', 'gcs-requests', 'gcs-large'],
  webhooks: ['webhook'],
  events: ['event-append', 'event-replay', 'event-tail', 'event-upstream'],
  conversations: ['conversations', 's3-conversations'],
  secrets: ['secrets'],
  settings: ['settings'],
  packages: ['import-time', 'installed-size'],
  cli: ['cli-start', 'backup', 'sync'],
  growth: ['growth-files', 'growth-events', 'growth-conversations'],
} as const;

/** One of {@link rowGroups}. */
export type GroupName = keyof typeof rowGroups;

/** One of {@link rowNames}. */
export type RowName = (typeof rowGroups)[GroupName][number];

/** The groups, in the order in which they are measured. */
export const groupNames: readonly GroupName[] = Object.keys(rowGroups) as GroupName[];

/** The rows, in the order in which they are measured. */
export const rowNames: readonly RowName[] = Object.values(rowGroups).flat();
