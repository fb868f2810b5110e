import type { Finding } from '../finding.ts';
import { measureAppend } from './append.ts';
import { measureBackup } from './backup.ts';
import { measureCliStart } from './cli-start.ts';
import { measureCorrectness } from './correctness.ts';
import { measureDelete } from './delete.ts';
import { measureEventAppend } from './event-append.ts';
import { measureEventReplay } from './event-replay.ts';
import { measureEventTail } from './event-tail.ts';
import { measureEventUpstream } from './event-upstream.ts';
import { measureGrowthConversations } from './growth-conversations.ts';
import { measureGrowthEvents } from './growth-events.ts';
import { measureGrowthFiles } from './growth-files.ts';
import { measureImportTime } from './import-time.ts';
import { measureInstalledSize } from './installed-size.ts';
import { measureList } from './list.ts';
import { measureListPeers } from './list-peers.ts';
import { measureRead } from './read.ts';
import type { RowContext } from './row-context.ts';
import type { RowName } from './row-names.ts';
import { measureSecrets } from './secrets.ts';
import { measureSettings } from './settings.ts';
import { measureStat } from './stat.ts';
import { measureStream } from './stream.ts';
import { measureWebhook } from './webhook.ts';
import { measureWriteAtomic } from './write-atomic.ts';
import { measureWriteDurable } from './write-durable.ts';

/** How each row is measured. What needs an SDK is loaded with its row, so that the others are measured without. */
export const allRows: Readonly<Record<RowName, (context: RowContext) => Promise<readonly Finding[]>>> = {
  'write-atomic': measureWriteAtomic,
  'write-durable': measureWriteDurable,
  append: measureAppend,
  read: measureRead,
  secrets: measureSecrets,
  stream: measureStream,
  stat: measureStat,
  list: measureList,
  'list-peers': measureListPeers,
  delete: measureDelete,
  correctness: measureCorrectness,
  conversations: async (context) => await (await import('./conversations.ts')).measureConversations(context),
  'event-append': measureEventAppend,
  'event-replay': measureEventReplay,
  'event-tail': measureEventTail,
  'event-upstream': measureEventUpstream,
  settings: measureSettings,
  backup: measureBackup,
  's3-small': async (context) => await (await import('./s3-small.ts')).measureS3Small(context),
  's3-requests': async (context) => await (await import('./s3-requests.ts')).measureS3Requests(context),
  's3-large': async (context) => await (await import('./s3-large.ts')).measureS3Large(context),
  's3-list': async (context) => await (await import('./s3-list.ts')).measureS3List(context),
  's3-conversations': async (context) => await (await import('./s3-conversations.ts')).measureS3Conversations(context),
  'gcs-small': async (context) => await (await import('./gcs-small.ts')).measureGcsSmall(context),
  'gcs-requests': async (context) => await (await import('./gcs-requests.ts')).measureGcsRequests(context),
  'gcs-large': async (context) => await (await import('./gcs-large.ts')).measureGcsLarge(context),
  webhook: measureWebhook,
  sync: async (context) => await (await import('./sync.ts')).measureSync(context),
  'import-time': measureImportTime,
  'installed-size': measureInstalledSize,
  'cli-start': measureCliStart,
  'growth-files': measureGrowthFiles,
  'growth-events': measureGrowthEvents,
  'growth-conversations': measureGrowthConversations,
};
