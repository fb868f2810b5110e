import type { AbortOptions } from '@oh/file-store-core';
import type { ChangeTeller } from './change-teller.ts';
import type { DeadLetters, KeptLetter } from './dead-letter.ts';
import { isOfOnePath } from './reconcile.ts';

/** Options of `replay`. */
export interface ReplayOptions extends AbortOptions {
  /** Only the letters with these ids. Default: all. */
  readonly ids?: readonly string[] | undefined;
}

/** What became of the letters that were replayed. */
export interface ReplayResult {
  /** Queued anew, with their ids. */
  readonly replayed: number;
  /** Removed, since the store holds something else by now, of which another notice tells. */
  readonly superseded: number;
}

/** What {@link replayLetters} works with. */
export interface ReplayParts {
  readonly letters: DeadLetters;
  /** The place behind all letters that are there: one that dies again meanwhile comes behind it. */
  readonly nextPlace: number;
  readonly tellAgain: (kept: KeptLetter) => ReturnType<ChangeTeller['tellAgain']>;
}

/**
 * Queues dead letters anew; each is removed when it is queued, or superseded.
 *
 * @throws The first error of a letter, or of a path that it tells of, that cannot be read: after all the others, which are queued. Anything else at once.
 */
export async function replayLetters(parts: ReplayParts, { ids, signal }: ReplayOptions): Promise<ReplayResult> {
  const { letters, nextPlace, tellAgain } = parts;
  const counts = { replayed: 0, superseded: 0 };
  const seen = new Set<string>();
  let unreadable: unknown;
  for await (const kept of letters.list(signal)) {
    const { id } = kept.letter;
    if (ids?.includes(id) === false) {
      continue;
    }
    if (seen.has(id)) {
      if (kept.place < nextPlace) {
        // The same letter once more: a replay was interrupted, and what it had queued has died again before this one began.
        await letters.remove(kept);
      }
      continue;
    }
    const outcome = await tellAgain(kept).catch((error: unknown) => {
      if (!isOfOnePath(error)) {
        throw error;
      }
      unreadable ??= error;
      return undefined;
    });
    if (outcome === undefined || outcome === 'dying') {
      continue;
    }
    if (outcome === 'queued') {
      seen.add(id);
    }
    await letters.remove(kept);
    counts[outcome === 'superseded' ? 'superseded' : 'replayed'] += 1;
  }
  if (unreadable !== undefined) {
    throw unreadable;
  }
  return counts;
}
