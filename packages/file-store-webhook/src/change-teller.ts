import { FileStoreError, type FileStoreErrorCode } from '@oh/file-store-core';
import type { KeptLetter } from './dead-letter.ts';
import { type Notice, noticeBytes, type PathChange } from './notice.ts';
import type { NoticeDelivery, NoticeQueue } from './notice-queue.ts';
import type { QueueCapacity } from './queue-capacity.ts';
import { TreeLocks } from './tree-locks.ts';

/** What a change of the store will have done to a path. */
export interface IntendedNotice {
  readonly path: string;
  readonly change: PathChange;
}

/** What became of a change of the store: made, not made, or nobody knows. */
export type ChangeOutcome = 'made' | 'failed' | 'unclear';

/** Keeps notices where they survive this process. */
export interface NoticeJournal {
  /** Resolves when the notices are kept, before their change is made. */
  intend(notices: readonly Notice[], signal: AbortSignal | undefined): Promise<void>;
  /** Keeps, some time soon, what became of the change. */
  conclude(notices: readonly Notice[], outcome: ChangeOutcome): void;
  /** The place of a notice; `undefined` when it need no longer be kept. */
  placeOf(id: string): number | undefined;
}

/** What a {@link ChangeTeller} needs. */
export interface ChangeTellerOptions {
  readonly capacity: QueueCapacity;
  readonly queue: NoticeQueue;
  readonly delivery: NoticeDelivery;
  readonly journal: NoticeJournal | undefined;
  readonly newId: () => string;
}

/** A change of the store that is about to be made; to be ended by one of the two. */
export interface OpenChange {
  /** It was made. */
  succeed(): void;
  /** It failed. */
  fail(error: unknown): void;
}

/**
 * Turns changes of the store into notices, in the order in which the store makes them.
 *
 * From before a change until its notices are queued, its paths, what they lie in and what lies in them belong to it alone: so the order of notices
 * is that of the changes.
 */
export class ChangeTeller {
  readonly #options: ChangeTellerOptions;
  readonly #locks = new TreeLocks();

  constructor(options: ChangeTellerOptions) {
    this.#options = options;
  }

  /**
   * Makes ready for a change: there is room for its notices, its paths are free, and where there is a journal its notices are kept.
   *
   * @throws The reason of the signal; what the journal throws. The change must not be made then.
   */
  async begin(intended: readonly IntendedNotice[], signal: AbortSignal | undefined): Promise<OpenChange> {
    const { capacity, newId, journal } = this.#options;
    const notices = intended.map(({ path, change }): Notice => ({ id: newId(), path, change }));
    const bytes = notices.reduce((sum, notice) => sum + noticeBytes(notice), 0);
    const hasRoom = await capacity.take(notices.length, bytes, signal);
    let release: (() => void) | undefined;
    try {
      release = await this.#locks.acquire(
        notices.map(({ path }) => path),
        signal,
      );
      if (hasRoom) {
        await journal?.intend(notices, signal);
      }
      signal?.throwIfAborted();
    } catch (error) {
      if (hasRoom) {
        if (release !== undefined) {
          journal?.conclude(notices, 'failed');
        }
        capacity.give(notices.length, bytes);
      }
      release?.();
      throw error;
    }
    const end = release;
    return {
      succeed: () => {
        this.#tell(notices, 'made', hasRoom);
        end();
      },
      fail: (error) => {
        this.#tell(notices, isUnclear(error, signal) ? 'unclear' : 'failed', hasRoom);
        end();
      },
    };
  }

  /**
   * Queues a notice that could not be delivered before, if `isStillSo`.
   *
   * @returns What became of it; `pending`: it is on its way already, since it was queued by a replay, or died in a process, that was interrupted;
   *   `dying`: it is about to leave the queue for the letter, which must stay.
   */
  async tellAgain(
    { notice, place }: Pick<KeptLetter, 'notice' | 'place'>,
    isStillSo: () => Promise<boolean>,
    signal: AbortSignal | undefined,
  ): Promise<'queued' | 'pending' | 'dying' | 'superseded'> {
    const { capacity, journal } = this.#options;
    const release = await this.#locks.acquire([notice.path], signal);
    try {
      // Queued twice it would be forgotten with the first of the two that is settled.
      const present = journal?.placeOf(notice.id);
      if (present !== undefined) {
        return present === place ? 'dying' : 'pending';
      }
      if (!(await isStillSo())) {
        return 'superseded';
      }
      await journal?.intend([notice], signal).catch((error: unknown) => {
        journal.conclude([notice], 'failed');
        throw error;
      });
      // It was counted before; whoever replays is not to wait for room while he holds a path.
      capacity.hold(1, noticeBytes(notice));
      this.#tell([notice], 'made', true);
      return 'queued';
    } finally {
      release();
    }
  }

  #tell(notices: readonly Notice[], outcome: ChangeOutcome, hasRoom: boolean): void {
    const { capacity, queue, delivery, journal } = this.#options;
    if (!hasRoom) {
      for (const notice of outcome === 'failed' ? [] : notices) {
        queue.drop(notice, 'full');
      }
      return;
    }
    journal?.conclude(notices, outcome);
    for (const notice of notices) {
      if (outcome === 'failed') {
        capacity.give(1, noticeBytes(notice));
        continue;
      }
      const told = outcome === 'made' ? notice : toUnclear(notice, capacity);
      queue.enter(told);
      delivery.add(told);
    }
  }
}

/** What the store then holds is told instead of what was to be. */
function toUnclear(notice: Notice, capacity: QueueCapacity): Notice {
  capacity.give(0, noticeBytes(notice));
  return { ...notice, change: { kind: 'changed' } };
}

/** Codes of the last attempt at a change of which an earlier one may have been made, its answer lost. */
const unclearCodes: ReadonlySet<FileStoreErrorCode> = new Set(['unavailable', 'timeout', 'rate-limited', 'unknown']);

/** Whether a change that failed with this error may have been made all the same; an abort may have come too late, and what is no error of a store says nothing. */
function isUnclear(error: unknown, signal: AbortSignal | undefined): boolean {
  const isAbort = signal?.aborted === true && error === signal.reason;
  return isAbort || !(error instanceof FileStoreError) || unclearCodes.has(error.code);
}
