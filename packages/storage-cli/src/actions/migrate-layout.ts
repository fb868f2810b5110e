import { EventSecrets } from '@oh/event-store';
import { FileStoreError, homeLayout, type StorageLayout, sessionsLayout, withPrefix } from '@oh/file-store-core';
import { KeyFile, KeyRing } from '@oh/secrets-store';
import type { CliContext } from '../cli-context.ts';
import { formatCount } from '../format-count.ts';
import { findUsers } from '../import/find-users.ts';
import { importConversations } from '../import/import-conversations.ts';
import type { ImportParts } from '../import/import-parts.ts';
import { ImportReport } from '../import/import-report.ts';
import { verifyConversations } from '../import/verify-conversations.ts';
import type { Location } from '../locations/location.ts';
import { readOnly } from '../locations/read-only.ts';
import type { LayoutName } from '../storage/store-options.ts';
import { toCliError } from '../to-cli-error.ts';
import type { TransferPlace } from '../transfer/transfer-place.ts';

const layouts: Readonly<Record<LayoutName, StorageLayout>> = { home: homeLayout, sessions: sessionsLayout };

/** Two layouts that differ. */
export interface LayoutChange {
  readonly from: LayoutName;
  readonly to: LayoutName;
}

/** How many conversations and events are the same at both places. */
export interface MigratedConversations {
  readonly conversations: number;
  readonly events: number;
  /** Why others are not; each was named. */
  readonly failure: FileStoreError | undefined;
}

/**
 * Migrates conversations and their events to another layout, through the stores, and compares them in the end. Everything else lies alike in both.
 *
 * One that cannot be read, or not be migrated, is named, and hinders no other.
 */
export async function migrateConversations(
  context: CliContext,
  from: Location,
  to: Location,
  change: LayoutChange,
): Promise<MigratedConversations> {
  const { signal } = context;
  const report = new ImportReport({
    onDamage: (error) => context.warn(error.message),
    onFailure: (what, error) => context.warn(toCliError(error).message.replace(/^(\[[a-z-]+\]) /, `$1 could not migrate ${what}: `)),
  });
  const files = withPrefix(to.store, to.path);
  const parts: ImportParts = {
    from: readOnly(withPrefix(from.store, from.path)),
    fromLayout: layouts[change.from],
    to: files,
    toLayout: layouts[change.to],
    keys: new KeyRing({ files, wrapper: new KeyFile() }),
    hidden: new EventSecrets(),
    unread: new Set(),
    dryRun: false,
    report,
    signal,
  };
  const users = await findUsers(parts.from, { signal });
  await importConversations(users, parts);
  const verified = await verifyConversations(users, parts);
  return { ...verified, failure: failureOf(report) };
}

/** What is left at the source alone must not be taken for migrated. */
function failureOf({ failed, failureCode, counts }: ImportReport): FileStoreError | undefined {
  const [records, events] = [counts.conversations.damaged, counts.events.damaged];
  const parts = [
    ...(failed > 0 ? [`${formatCount(failed, 'conversation')} could not be migrated`] : []),
    ...(records + events > 0 ? [`${formatCount(records, 'record')} and ${formatCount(events, 'event')} could not be read`] : []),
  ];
  return parts.length === 0
    ? undefined
    : new FileStoreError(failureCode ?? 'corrupt', `${parts.join(', ')}: they are named above, and all else is migrated`);
}

/** The place without conversations, which are migrated by {@link migrateConversations}. */
export function withoutConversations({ store, path }: Location): TransferPlace {
  return { store, path, ignores: (file) => /^(users\/[^/]+\/)?(conversations|sessions|\.oh-conversations)\//.test(file) };
}
