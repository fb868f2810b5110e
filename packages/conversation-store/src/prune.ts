import { type AbortOptions, FileStoreError, forEachConcurrently, hasErrorCode } from '@oh/file-store-core';
import type { ConversationMetadata } from './conversation-metadata.ts';
import type { ConversationPage, UnreadableConversation } from './conversation-store.ts';
import { toEpochMicros } from './date-time.ts';
import { isOfOne } from './is-of-one.ts';

/** Options of `ConversationStore.prune`. */
export interface PruneOptions extends AbortOptions {
  /** Conversations go when their last change, `last_updated_at` or where there is none `created_at`, was before this instant. */
  readonly olderThan: Date;
  /** So many of the newest, by `created_at`, stay whatever their age. Default: 0. */
  readonly keepLatest?: number | undefined;
  /** Only tells what would go. Default: false. */
  readonly dryRun?: boolean | undefined;
}

/** What `ConversationStore.prune` did. */
export interface PruneResult {
  /** The conversations deleted, with `dryRun` those that would be; newest first. Not those that another prune deleted meanwhile. */
  readonly pruned: readonly string[];
  /** How many stay, those that cannot be read aside. */
  readonly kept: number;
  /** Conversations whose record cannot be read; their age is not known, and they stay. */
  readonly unreadable: readonly UnreadableConversation[];
}

/** What became of a conversation that was to go: `kept` when it changed meanwhile, `gone` when somebody else deleted it. */
export type DeletionOutcome = 'deleted' | 'kept' | 'gone';

/** What {@link pruneConversations} needs of a store. */
export interface PrunedStore {
  /** Finds every conversation, so that pages cost what they hold. */
  readonly prepare: (options: AbortOptions) => Promise<void>;
  /**
   * Ends the deletions that were interrupted; of those that were not decided `isExpired` decides.
   *
   * @param onFailure Told of those that cannot be ended; what it throws ends the rest.
   */
  readonly endDeletions: (
    isExpired: (metadata: ConversationMetadata) => boolean,
    onFailure: (error: unknown) => void,
    options: AbortOptions,
  ) => Promise<void>;
  readonly search: (pageId: string | null, options: AbortOptions) => Promise<ConversationPage>;
  /** Deletes a conversation if it still is expired. */
  readonly deleteExpired: (
    id: string,
    isExpired: (metadata: ConversationMetadata) => boolean,
    options: AbortOptions,
  ) => Promise<DeletionOutcome>;
}

/** Conversations deleted at a time. */
const maxDeletions = 8;

/**
 * Deletes the conversations that are old; begun again, it goes on where it was interrupted.
 *
 * @throws What kept the first conversation that could not be deleted, when all others are.
 */
export async function pruneConversations(store: PrunedStore, options: PruneOptions): Promise<PruneResult> {
  const { olderThan, keepLatest = 0, dryRun = false, signal } = options;
  const isExpired = parseAge(olderThan, keepLatest);
  const pruned: string[] = [];
  const unreadable: UnreadableConversation[] = [];
  const failures: unknown[] = [];
  const passOver = (error: unknown): void => {
    if (!isOfOne(error)) {
      throw hasErrorCode(error, 'no-space') ? withoutRoom(error) : error;
    }
    failures.push(error);
  };
  let kept = 0;
  let spared = keepLatest;
  let pageId: string | null = null;
  await store.prepare({ signal });
  if (!dryRun) {
    await store.endDeletions(isExpired, passOver, { signal });
  }
  do {
    const page: ConversationPage = await store.search(pageId, { signal });
    unreadable.push(...page.unreadable);
    const candidates = page.results.slice(Math.min(spared, page.results.length)).filter(isExpired);
    spared = Math.max(0, spared - page.results.length);
    kept += page.results.length - candidates.length;
    const ids = candidates.map(({ conversation_id }) => conversation_id);
    const gone = new Set<string>(dryRun ? ids : []);
    await forEachConcurrently(dryRun ? [] : ids, { maxInFlight: maxDeletions, signal }, async (id, signalOfVisit) => {
      const outcome = await store.deleteExpired(id, isExpired, { signal: signalOfVisit }).catch(passOver);
      if (outcome === 'deleted') {
        gone.add(id);
      }
      kept += outcome === 'kept' ? 1 : 0;
    });
    pruned.push(...ids.filter((id) => gone.has(id)));
    pageId = page.next_page_id;
  } while (pageId !== null);
  if (failures.length > 0) {
    throw failures[0];
  }
  return { pruned, kept, unreadable };
}

/** A prune notes what it is about to delete before it does, which takes room. */
function withoutRoom(cause: FileStoreError): FileStoreError {
  const message = `${cause.reason}; delete a conversation by its id first: that needs no room, and makes some`;
  return new FileStoreError('no-space', message, { path: cause.path, cause });
}

function parseAge(olderThan: Date, keepLatest: number): (metadata: ConversationMetadata) => boolean {
  if (!(olderThan instanceof Date) || Number.isNaN(olderThan.getTime())) {
    throw new FileStoreError('invalid-argument', 'olderThan is a Date');
  }
  if (!(Number.isInteger(keepLatest) && keepLatest >= 0)) {
    throw new FileStoreError('invalid-argument', 'keepLatest is a whole number from 0');
  }
  const limit = BigInt(olderThan.getTime()) * 1000n;
  return ({ last_updated_at, created_at }) => toEpochMicros(last_updated_at ?? created_at) < limit;
}
